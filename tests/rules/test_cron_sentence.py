"""The sentence beside an expression: short, and true to the minute and the date."""

import datetime as dt
import re

import pytest
from hypothesis import HealthCheck, assume, given, note, settings

from contracts.cron.expression import CronExpression
from tests.rules.cron_reference import DAY, Meaning, expressions, nearest_working_day, refusal, working_days

pytestmark = pytest.mark.requirement("R-SCH-1")

SENTENCES = {
    "0 9 * * *": "every day at 09:00",
    "0 9 * * 1": "Mondays at 09:00",
    "0 9 * * 7": "Sundays at 09:00",
    "0 9 * * 1-5": "Monday to Friday at 09:00",
    "0 9 * * 5-7": "Friday to Sunday at 09:00",
    "0 9 * * 0,6": "Saturdays and Sundays at 09:00",
    "0 9 15W * *": "on the weekday nearest to day 15 of the month at 09:00",
    "0 9 1W,15W,5,L * *": (
        "on day 5, the weekday nearest to day 1, the weekday nearest to day 15 and the last day of the month at 09:00"
    ),
    "0 9 LW * *": "on the last weekday of the month at 09:00",
    "0 9 LW 3,6 5": "on the last weekday of the month or Fridays, in March and June at 09:00",
    "0 9 * * 1,3,5": "Mondays, Wednesdays and Fridays at 09:00",
    "0 9 * * 0-6": "every day at 09:00",
    "0 9 1 * *": "on day 1 of the month at 09:00",
    "0 9 1,15 * *": "on days 1 and 15 of the month at 09:00",
    "0 9 1-7 * *": "on days 1 to 7 of the month at 09:00",
    "0 9 */2 * *": "on days 1, 3, 5 … 31 of the month at 09:00",
    "0 9 L * *": "on the last day of the month at 09:00",
    "0 9 15,L * *": "on day 15 and the last day of the month at 09:00",
    "0 9 29 2 *": "on day 29 of February at 09:00",
    "0 9 1 1,4,7,10 *": "on day 1 of the month in January, April, July and October at 09:00",
    "0 9 * 3 *": "every day in March at 09:00",
    "0 9 * 6-8 1": "Mondays in June to August at 09:00",
    "0 9 1 * 1": "on day 1 or Mondays at 09:00",
    "0 9 L * 1": "on the last day of the month or Mondays at 09:00",
    "0 9 1 3 1": "on day 1 or Mondays, in March at 09:00",
    "0 9 1-31 * 1": "every day at 09:00",
    "0 9 */2 * 1": "Mondays falling on days 1, 3, 5 … 31 of the month at 09:00",
    "0 0 13 * */5": "Fridays and Sundays falling on day 13 of the month at 00:00",
    "0 9 * * MON#2": "the second Monday of the month at 09:00",
    "0 9 * * 1#1,1#3": "the first Monday and the third Monday of the month at 09:00",
    "0 17 * * 5L": "the last Friday of the month at 17:00",
    "0 17 * 12 5L": "the last Friday of December at 17:00",
    "0 17 * 6,12 5L": "the last Friday of the month in June and December at 17:00",
    "0 17 1 * 5L": "on day 1 or the last Friday of the month at 17:00",
    "0 9,13 * * *": "every day at 09:00 and 13:00",
    "* * * * *": "every minute",
    "*/15 * * * *": "every 15 minutes",
    "0 * * * *": "every hour",
    "0 */2 * * *": "every 2 hours",
    "0 */5 * * *": "every day, every 5 hours from 00:00 to 20:00",
    "*/7 * * * *": "every day at minutes 0, 7, 14 … 56 of every hour",
    "*/15 9-17 * * 1-5": "Monday to Friday, every 15 minutes from 09:00 to 17:45",
    "0 8-12,14-18 * * *": "every day at minute 0 of hours 8 to 12 and 14 to 18",
    "* 9-10,14 * * 1": "Mondays, every minute of hours 9, 10 and 14",
    "5-5 9 * * *": "every day at 09:05",
}


@pytest.mark.parametrize(("cron", "sentence"), SENTENCES.items())
def test_reads(cron: str, sentence: str) -> None:
    assert CronExpression.parse(cron).sentence() == sentence


YEARS = [dt.date(2027, 1, 1) + day * DAY for day in range(365 + 366)]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(expressions())
def test_the_sentence_says_exactly_when_it_fires(drawn: tuple[str, Meaning]) -> None:
    """Reads the sentence back, word for word as an operator would, and compares two years of dates."""
    text, meaning = drawn
    assume(refusal(text) is None)
    sentence = CronExpression.parse(text).sentence()
    note(f"{text} -> {sentence}")
    days, times = split(sentence)
    assert read_times(times) == meaning.times()
    assert [day for day in YEARS if has_date(days, day)] == [day for day in YEARS if meaning.fires_on(day)]


WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = [f"{dt.date(2028, month, 1):%B}" for month in range(1, 13)]
NTH = ["first", "second", "third", "fourth", "fifth"]


def split(sentence: str) -> tuple[str, str]:
    if sentence.startswith("every ") and not sentence.startswith("every day"):
        return "every day", sentence
    days, times = re.split(r", (?=every )| (?=at (?:\d\d:|minute))", sentence, maxsplit=1)
    return days, times


def read_times(phrase: str) -> set[int]:
    if clocks := re.fullmatch(r"at ([\d:, and]+)", phrase):
        return {clock(word) for word in re.split(", | and ", clocks[1])}
    if parts := re.fullmatch(r"(at minutes? .*|every minute) of (every hour|hours? .*)", phrase):
        minutes = range(60) if parts[1] == "every minute" else numbers(parts[1].split(" ", 2)[2])
        hours = range(24) if parts[2] == "every hour" else numbers(parts[2].split(" ", 1)[1])
        return {60 * hour + minute for hour in hours for minute in minutes}
    parts = re.fullmatch(r"every (?:(\d+) )?(minute|hour)s?(?: from (.*) to (.*))?", phrase)
    assert parts, phrase
    step = int(parts[1] or 1) * (60 if parts[2] == "hour" else 1)
    first, last = (clock(parts[3]), clock(parts[4])) if parts[3] else (0, 24 * 60 - 1)
    return set(range(first, last + 1, step))


def clock(phrase: str) -> int:
    hour, minute = phrase.split(":")
    return 60 * int(hour) + int(minute)


def numbers(phrase: str) -> set[int]:
    if "…" in phrase:
        first, second, *_, last = map(int, re.findall(r"\d+", phrase))
        return set(range(first, last + 1, second - first))
    spans = [[int(end) for end in part.split(" to ")] for part in re.split(", | and ", phrase)]
    return {value for span in spans for value in range(span[0], span[-1] + 1)}


def named(phrase: str, names: list[str]) -> set[str]:
    for place, name in enumerate(names):
        phrase = re.sub(rf"\b{name}s?\b", str(place), phrase)
    return {names[place] for place in numbers(phrase)}


def has_date(days: str, date: dt.date) -> bool:
    if found := re.fullmatch(r"(.*?),? in ([A-Z].*)", days):
        return has_month(found[2], date) and has_date(found[1], date)
    if found := re.fullmatch(r"(.*) of ([A-Z]\w+)", days):
        return has_month(found[2], date) and has_date(f"{found[1]} of the month", date)
    if days == "every day":
        return True
    if found := re.fullmatch(r"(.*) falling on (.*)", days):
        return has_weekday(found[1], date) and has_day(found[2], date)
    if found := re.fullmatch(r"on (.*) or (.*)", days):
        return has_day(found[1], date) or has_weekday(found[2], date)
    if days.startswith("on "):
        return has_day(days.removeprefix("on "), date)
    return has_weekday(days, date)


def has_month(phrase: str, date: dt.date) -> bool:
    return MONTHS[date.month - 1] in named(phrase, MONTHS)


def has_day(phrase: str, date: dt.date) -> bool:
    phrase = phrase.removesuffix(" of the month")
    special = r"the (?:last day|last weekday|weekday nearest to day (\d+))"
    plain = re.sub(f"(?:, | and )?{special}", "", phrase)
    return (
        ("the last day" in phrase and (date + DAY).day == 1)
        or ("the last weekday" in phrase and date == working_days(date)[-1])
        or any(date == nearest_working_day(date, int(day)) for day in re.findall(r"nearest to day (\d+)", phrase))
        or (plain != "" and date.day in numbers(re.sub("^days? ", "", plain)))
    )


def has_weekday(phrase: str, date: dt.date) -> bool:
    phrase = phrase.removesuffix(" of the month")
    nth = set(re.findall(r"the (\w+) (\w+)", phrase))
    plain = re.sub(r"(?:, | and )?the \w+ \w+", "", phrase)
    today = WEEKDAYS[date.weekday()]
    return (
        (NTH[(date.day - 1) // 7], today) in nth
        or (("last", today) in nth and (date + 7 * DAY).month != date.month)
        or (plain != "" and today in named(plain, WEEKDAYS))
    )
