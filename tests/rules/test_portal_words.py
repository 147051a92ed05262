"""What people read: dates, people, sources, links; and where forms may lead."""

import datetime as dt

import pytest

from contracts.generation import Failure
from services.portal.auth.devices import device
from services.portal.formatting.words import Words, capital, count, cron_sentence, web_address
from services.portal.http.forms import local_path
from tests.builders import NOW, row


def test_moments_are_told_in_the_applications_zone(words: Words) -> None:
    hour = dt.timedelta(hours=1)
    assert words.moment(NOW) == "Thu 3 Feb 00:30 (today)"
    assert words.moment(NOW - hour) == "Wed 2 Feb 23:30 (yesterday)"
    assert words.moment(NOW + 24 * hour) == "Fri 4 Feb 00:30 (tomorrow)"
    assert words.moment(NOW + 120 * hour) == "Tue 8 Feb 00:30"
    assert (words.day_of(NOW), words.time(NOW), words.now) == ("Thu 3 Feb (today)", "00:30", "Thu 3 Feb 00:30")
    assert words.day(dt.date(2027, 1, 30)) == "Sat 30 Jan 2027"


@pytest.mark.requirement("R-NOT-3")
def test_report_of_a_failure_has_what_mending_it_needs(words: Words) -> None:
    fields = {"title": "Slack dump", "dates": ["2028-02-01", "2028-02-02"], "windows": 12, "attempts": 3}
    of = {"kind": "recurring", "source_id": "c1", "error": {"code": "invalid_cron", "message": "five fields"}}
    times = {"since": NOW - dt.timedelta(days=1), "last_at": NOW}
    assert words.report(Failure.model_validate(fields | of | times)) == (
        "Slack dump (Recurring task c1)\n"
        "invalid_cron: five fields\n"
        "Dates: Tue 1 Feb 2028, Wed 2 Feb 2028 and 10 more dates\n"
        "Tried 3 times, Wed 2 Feb 2028 00:30 to Thu 3 Feb 2028 00:30 Europe/Berlin"
    )


def test_people_appear_by_name_and_never_by_id(words: Words) -> None:
    assert words.person("o") == "You"
    assert words.person("b") == "Ben"
    assert words.person(None) == "Unassigned"
    assert words.person("g") == "Gone (has left)"
    assert "user-grace" not in words.person("user-grace") + words.actor("user-grace")


def test_a_task_says_where_it_comes_from(words: Words) -> None:
    assert words.source(row(recurring_config_id="c", source_title="Back up", source_cron="0 9 * * *")) == (
        "Recurring · every day at 09:00"
    )
    assert words.source(row(recurring_config_id="c", source_title="Other")) == "Recurring · Other"
    assert words.source(row(bundle_id="b", source_title="Newsletter", step=3, steps=15)) == "Newsletter · step 3 of 15"
    assert words.source(row(source="manual")) == "Added by hand"
    assert words.source(row(source="telegram")) == "From telegram"


def test_a_follow_up_is_a_date_a_moment_or_what_is_stored(words: Words) -> None:
    assert words.follow_up(row(follow_up_at="2028-02-05")) == "Sat 5 Feb"
    assert words.follow_up(row(follow_up_at="2028-02-03T08:00:00.000Z")) == "Thu 3 Feb 09:00 (today)"
    assert words.follow_up(row(follow_up_at="soon")) == "soon"
    assert words.follow_up(row()) is None


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2028-02-04: Mailed", "Fri 4 Feb (tomorrow): Mailed"),
        ("2028-02-07T12:00:00Z (email): Again", "Mon 7 Feb 13:00 (email): Again"),
        ("2028-02-07T12:00: Again", "Mon 7 Feb 12:00: Again"),
        ("2029-01-01", "Mon 1 Jan 2029"),
        ("2028-02-31", "2028-02-31"),
        ("soon", "soon"),
    ],
)
def test_comment_text_shows_the_next_follow_up_in_words(words: Words, written: str, shown: str) -> None:
    line = "Waiting for Ada since 2028-02-01; next follow-up "
    assert words.comment_text(line + written) == line + shown


def test_long_lists_of_dates_are_cut_honestly(words: Words) -> None:
    dates = [dt.date(2028, 2, day) for day in range(1, 6)]
    assert words.dates(dates[:1], 1) == "Tue 1 Feb"
    assert words.dates(dates, 12) == "Tue 1 Feb, Wed 2 Feb (yesterday), Thu 3 Feb (today) and 9 more dates"
    assert (count(1, "day"), count(2_000, "day"), capital("on day 1 of May")) == (
        "1 day",
        "2,000 days",
        "On day 1 of May",
    )
    assert cron_sentence("not a cron") == "not a cron"


def test_only_plain_web_addresses_become_links() -> None:
    assert web_address("https://example.org/a?b=c#d") is not None
    for text in (
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.test",
        "https://user:pw@host/",
        "https://",
        "",
        None,
    ):
        assert web_address(text) is None
    assert web_address("https://example.org/\u200b") is None
    assert web_address("http://[bad") is None


def test_nobody_is_led_off_the_site() -> None:
    for path in ("/", "/recurring", "/?scope=everyone", "/tasks/x?y=/z"):
        assert local_path(path) == path
    for path in (
        "",
        "x",
        "//evil",
        "/\\evil",
        "\\\\evil",
        "https://evil",
        "/\tevil",
        "/a b",
        "/api/me",
        "javascript:x",
    ):
        assert local_path(path) == "/"


@pytest.mark.requirement("R-SEC-1")
@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.5 Safari/605.1.15", "Safari on macOS"),
        ("python-httpx/0.27.0", "python-httpx"),
        ("<script>" + "x" * 500, "<script>" + "x" * 32),
        ("bell\x07/1", ""),
        ("", ""),
    ],
)
def test_a_browser_is_named_in_a_few_words(user_agent: str, words: str) -> None:
    assert device(user_agent) == words
