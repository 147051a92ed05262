"""What people paste or write instead of five fields, and what a valid expression may not mean: the nearest forms."""

import pytest

from contracts.cron.expression import CronError, CronExpression
from contracts.cron.phrases import NO_FORTNIGHT

pytestmark = pytest.mark.requirement("R-SCH-2")

# text: (what the message names, nearest form)
PASTED = {
    "0 8 * * * list [ -x /a/b ] && c?d": ("not 12, and no command", "0 8 * * *"),
    "0 10 * * 1 /data/x/weekly.sh >> /var/log/x 2>&1": ("no command", "0 10 * * 1"),
    "0 9 * * 1 root /usr/bin/backup": ("no command", "0 9 * * 1"),
    "0 9 * * * curl http://x?y=1 # z": ("no command", "0 9 * * *"),
    "0 9 * * 1 backup": ("not 6, and no command", "0 9 * * 1"),
    "0 9 LW * * /bin/true": ("not 6", "0 9 LW * *"),
    "0 9 * * * écho Büro": ("not ASCII", "0 9 * * *"),
    f"*/5 * * * * cd /srv && /usr/bin/php artisan {'x' * 80} 2>&1": ("longer than 100", "*/5 * * * *"),
    f"TZ=UTC */5 * * * * {'x' * 100}": ("longer than 100", "*/5 * * * *"),
    "TZ=Europe/Berlin 0 9 * * *": ("the one time zone of this system", "0 9 * * *"),
    "CRON_TZ=UTC 30 9 * * 1": ("the one time zone of this system", "30 9 * * 1"),
    "TZ=UTC": ("the one time zone of this system", "0 9 * * *"),
    "MAILTO=ops@example.org": ('"MAILTO=" is a setting of a crontab', "0 9 * * *"),
    'MAILTO="a b" 0 10 * * *': ('"MAILTO=" is a setting', "0 10 * * *"),
    "SHELL = /bin/sh": ('"SHELL=" is a setting', "0 9 * * *"),
    "export PATH=/bin:/usr/bin": ('"PATH=" is a setting', "0 9 * * *"),
    "OnCalendar=Mon *-*-* 09:00:00": ('"OnCalendar=" is a setting', None),
    "cron(0 21 LW * ? *)": ('"cron( )"', "0 21 LW * *"),
    "cron(0 21 ? * MON-FRI *)": ('"cron( )"', "0 21 * * MON-FRI"),
    "cron(0 21 * * ? 2028)": ('"cron( )"', "0 21 * * *"),
    "rate(5 minutes)": ('"rate( )"', "*/5 * * * *"),
    "rate(1 day)": ('"rate( )"', "0 0 * * *"),
    "at(2028-02-02T09:00:00)": ('"at( )"', "0 9 * * *"),
    '"30 5 * * 1"': ("no quotation marks", "30 5 * * 1"),
    "`30 5 * * 1`": ("no quotation marks", "30 5 * * 1"),
    "- cron: '30 5 * * 1,3'": ("only its value", "30 5 * * 1,3"),
    'schedule: "30 5 * * 1"': ("only its value", "30 5 * * 1"),
    '"cron": "30 5 * * 1"': ("no quotation marks", "30 5 * * 1"),
}
OTHER_DIALECTS = {
    "0 9 WL * *": ('"WL" is no day', "0 9 LW * *"),
    "0 9 29W * *": ("no day 29", "0 9 LW * *"),
    "0 9 31W * *": ("no day 31", "0 9 LW * *"),
    "0 9 0W * *": ("W takes the days 1 to 28", "0 9 1W * *"),
    "0 9 wl * 1": ('"wl" is no day', "0 9 LW * 1"),
    "0 9 1W,30W * *": ("no day 30", "0 9 1W,LW * *"),
    "0 9 W15 * *": ('"W15" is no day', "0 9 15W * *"),
    "0 9 L-3 * *": ("days before the last one", "0 9 28 * *"),
    "0 9 L-10 * *": ("days before the last one", "0 9 21 * *"),
    "0 9 L-3W * *": ("days before the last one", "0 9 28 * *"),
    "0 9 40W * *": ("W takes the days 1 to 28", "0 9 LW * *"),
    "0 0 12 * * ?": ('"?"', "0 12 * * *"),
    "0 0 9 ? * MON *": ('"?"', "0 9 * * MON"),
    "0 9 * * 1/14": (NO_FORTNIGHT, "0 9 * * 1#1,1#3"),
    "0 9 * * */14": (NO_FORTNIGHT, "0 9 * * MON#1,MON#3"),
    "0 9 * * TUE/14": (NO_FORTNIGHT, "0 9 * * TUE#1,TUE#3"),
    "0 9 * * 1/8": ("must be 1 to 7", "0 9 * * 1/7"),
}
RHYTHMS = {
    "@every 2w": (NO_FORTNIGHT, "0 0 * * MON#1,MON#3"),
    "@every 14d": (NO_FORTNIGHT, "0 0 * * MON#1,MON#3"),
    "@every 336h": (NO_FORTNIGHT, "0 0 * * MON#1,MON#3"),
    "@every 2 weeks": (NO_FORTNIGHT, "0 0 * * MON#1,MON#3"),
    "@every 90m": ("alias", "0 */2 * * *"),
    "@every 1h30m": ("alias", "0 */2 * * *"),
    "@every 24h": ("alias", "0 0 * * *"),
    "@every 1w": ("alias", "0 0 * * MON"),
    "@every 10d": ("days anew in each month", "0 0 */10 * *"),
    "@every 1mo": ("alias", "0 0 1 * *"),
    "@every 1y": ("alias", "0 0 1 1 *"),
    "@every 0m": ("alias", "*/1 * * * *"),
    "@every 999999w": ("alias", "0 0 1 1 *"),
    "@every soon": ("alias", None),
    "every monday": ("plain English", "0 9 * * MON"),
    "Mondays at 10:30": ("plain English", "30 10 * * MON"),
    "every second Tuesday at 10:30": (NO_FORTNIGHT, "30 10 * * TUE#1,TUE#3"),
    "every 2 weeks": (NO_FORTNIGHT, "0 9 * * MON#1,MON#3"),
    "every other week": (NO_FORTNIGHT, "0 9 * * MON#1,MON#3"),
    "bi-weekly": (NO_FORTNIGHT, "0 9 * * MON#1,MON#3"),
    "fortnightly": (NO_FORTNIGHT, "0 9 * * MON#1,MON#3"),
    "every day at 8am": ("plain English", "0 8 * * *"),
    "daily at 12 am": ("plain English", "0 0 * * *"),
    "weekdays at 17:30": ("plain English", "30 17 * * MON-FRI"),
    "every weekend": ("plain English", "0 9 * * SAT,SUN"),
    "every 15 minutes": ("plain English", "*/15 * * * *"),
    "every hour": ("plain English", "0 */1 * * *"),
    "first monday of the month": ("plain English", "0 9 * * MON#1"),
    "the last friday of each month at noon": ("plain English", "0 12 * * FRIL"),
    "last day of the month": ("plain English", "0 9 L * *"),
    "every 10 days": ("days anew in each month", "0 9 */10 * *"),
    "monthly on the 15th": ("plain English", "0 9 15 * *"),
    "every 3rd of march": ("plain English", "0 9 3 3 *"),
    "every quarter": ("plain English", "0 9 1 */3 *"),
    "every two months": ("plain English", "0 9 1 */2 *"),
    "yearly": ("plain English", "0 9 1 1 *"),
    "every 99:99": ("plain English", "0 9 * * *"),
}


@pytest.mark.parametrize("text", {**PASTED, **OTHER_DIALECTS, **RHYTHMS}, ids=lambda text: repr(text[:40]))
def test_refusal_of_another_form_names_the_nearest(text: str) -> None:
    names, nearest = {**PASTED, **OTHER_DIALECTS, **RHYTHMS}[text]
    with pytest.raises(CronError) as refusal:
        CronExpression.parse(text)
    assert names in str(refusal.value)
    assert refusal.value.nearest == nearest
    if nearest is not None:
        assert str(refusal.value).endswith(f'; write "{nearest}"')
        CronExpression.parse(nearest)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        (
            "0 9 * * 1 0",
            '"9 * * 1 0" (Sundays in January, every hour from 00:09 to 23:09)',
            '"0 9 * * 1" (Mondays at 09:00)',
        ),
        ("0 0 9 * * *", '"0 9 * * *" (every day at 09:00)', '"0 0 9 * *" (on day 9 of the month at 00:00)'),
    ],
)
def test_refusal_of_six_fields_reads_both_forms_back(text: str, first: str, last: str) -> None:
    with pytest.raises(CronError) as refusal:
        CronExpression.parse(text)
    assert str(refusal.value).endswith(f"write {first} or {last}")
    assert f'"{refusal.value.nearest}"' in first
    assert f'"{refusal.value.other}"' in last


# expression: (what the hint names, nearest form)
HINTED = {
    "0 9 31 * *": ("only 7 of 12 months", "0 9 L * *"),
    "0 9 30 * *": ("only 11 of 12 months", "0 9 L * *"),
    "0 9 30,31 * *": ("only 11 of 12 months", "0 9 L * *"),
    "0 9 31 */3 *": ("only 3 of 4 months", "0 9 L */3 *"),
    "0 9 29 * *": ("leap years only", "0 9 L * *"),
    "0 9 29 2 *": ("leap years only", "0 9 L 2 *"),
    "0 9 */14 * *": ('"*/14" counts anew', "0 9 1,15 * *"),
    "0 9 1/14 * *": ('"1/14" counts anew', "0 9 1,15 * *"),
    "0 9 */7 * *": ("its weekday changes", "0 9 * * MON"),
    "0 9 */2 * *": ("over the end of a month", None),
    "0 9 */31 * *": ("once a month", "0 9 1 * *"),
    "0 9 * * MON/2": ("every second week is nothing cron can say", "0 9 * * MON#1,MON#3"),
    "0 9 * * 1/2": ("a step of 2 days", "0 9 * * 1#1,1#3"),
    "0 9 1-7 * 1": ("need not meet", "0 9 * * MON#1"),
    "0 9 8-14 * TUE,THU": ("need not meet", "0 9 * * TUE#2,THU#2"),
    "0 9 25-31 * FRI": ("need not meet", "0 9 * * FRIL"),
    "0 9 22-28 * SUN": ("need not meet", "0 9 * * SUN#4"),
    "0 9 13 * 5": ("need not meet", None),
    "0 9 1-7 * 1-5": ("need not meet", None),
}


@pytest.mark.parametrize("text", HINTED)
def test_hints_name_what_is_probably_meant(text: str) -> None:
    names, nearest = HINTED[text]
    [hint] = CronExpression.parse(text).hints()
    assert names in hint.why
    assert hint.nearest == nearest
    assert str(hint).endswith(f'; write "{nearest}"' if nearest else hint.why)
    if nearest is not None:
        assert CronExpression.parse(nearest).hints() == ()


@pytest.mark.parametrize(
    "text",
    [
        *("0 9 * * 1", "0 9 L * *", "0 9 28 * *", "0 9 1,31 * *", "0 9 31 1,12 *", "0 9 30 4 *", "0 9 */1 * *"),
        *("0 9 1-7 * *", "0 9 * * */2", "0 9 * * 1-5/2", "0 9 * * MON#1", "0 9 1,15 * *", "0 9 */14 * MON"),
    ],
)
def test_hints_of_a_plain_expression_are_none(text: str) -> None:
    assert CronExpression.parse(text).hints() == ()
