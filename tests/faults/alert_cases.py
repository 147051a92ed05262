"""What each alert rule must see to fire, and the closest that it must not take for it.

Samples are fifteen seconds apart, in the notation of promtool: ``3+0x8`` is 3 and eight times 3 again, ``0+2x8`` rises
by 2 each time, ``_x4`` is four times no sample, ``stale`` the end of a series.
"""

from dataclasses import dataclass, field

from contracts.values import Service

Series = dict[str, str]
UP = {service: f'up{{job="dataops",service="{service}",instance="{service}:9464"}}' for service in Service}
ALL_UP = {UP[service]: "1+0x200" for service in Service}
LAGS = 'dataops_window_lag_seconds_bucket{trigger="schedule",le="%s"}'
TOOK = 'dataops_http_request_duration_seconds_bucket{path="/tasks",le="%s"}'
ERRORS = 'dataops_handler_errors_total{app_name="work",handler="dataops.work.query.task",cause="%s"}'
REQUESTS = 'dataops_http_requests_total{method="GET",path="/",status_code="%s"}'
WINDOWS = 'dataops_windows_total{trigger="schedule",outcome="%s"}'
BUG = {"app_name": "work", "handler": "dataops.work.query.task"}


@dataclass(frozen=True)
class Case:
    """At ``at`` the alert fires with these labels, its severity apart, and this summary; without one it is silent."""

    alert: str
    when: str
    series: Series
    at: str
    summary: str | None = None
    labels: dict[str, str] = field(default_factory=dict[str, str])


def lags(fast: str, slow: str) -> Series:
    """Windows made within a minute, and all: those with the slow ones, made within five."""
    return {LAGS % "60.0": fast, LAGS % "300.0": slow, LAGS % "+Inf": slow}


def took(fast: str, slow: str) -> Series:
    return {TOOK % "1.0": fast, TOOK % "2.5": slow, TOOK % "+Inf": slow}


WORK = {"job": "dataops", "service": "work", "instance": "work:9464"}
NO_ANSWER = "work work:9464 does not answer"
SILENT = "No minute was told for {}: nothing becomes due"
NEVER_TICKED = "No minute was ever told: no scheduler has reached work"
UNMEASURED = "No worker can ask MongoDB and NATS for its figures"
UNEXPLAINED = "2 scheduled dates have no record, and no message is under way for them"
UNCHECKED = "Nobody has looked for dates without a record for {}"
NEVER_CHECKED = "Nobody has ever finished looking for dates without a record"
WAITING = "The queue of windows has not been empty for ten minutes"
LATE = "One window in twenty is made more than a minute after it opened"
TRIED_AGAIN = "Windows met unexpected errors and are tried again"
HANDLER_BUG = "work met a bug on dataops.work.query.task: request.failed in its log"
REFUSES = "work has refused requests for minutes: database.unavailable, owner.silent or request.expired in its log"
PORTAL_BUG = "The portal met a bug: request.failed in its log"
REFUSED = "{} of requests are refused: owner.silent or database.unavailable in the portal's log"
SLOW = "One request in twenty takes more than a second"

CASES = (
    Case("ServiceDown", "down_a_minute", ALL_UP | {UP[Service.WORK]: "1+0x3 0+0x9"}, "2m", NO_ANSWER, WORK),
    Case(
        "ServiceDown",
        "one_of_two_down",
        ALL_UP | {'up{job="dataops",service="work",instance="b:9464"}': "0+0x9"},
        "1m",
        "work b:9464 does not answer",
        WORK | {"instance": "b:9464"},
    ),
    Case(
        "ServiceDown",
        "no_container",
        {UP[one]: "1+0x9" for one in Service if one is not Service.NOTIFIER},
        "1m",
        "notifier does not answer",
        {"job": "dataops", "service": "notifier"},
    ),
    Case("ServiceDown", "down_45_seconds", ALL_UP | {UP[Service.WORK]: "1+0x3 0+0x3 1+0x9"}, "2m"),
    Case("ServiceDown", "another_job_down", ALL_UP | {'up{job="node",instance="a:9100"}': "0+0x20"}, "5m"),
    Case("SchedulerSilent", "181_seconds", {"dataops_tick_age_seconds": "181+0x4"}, "0m", SILENT.format("3m 1s")),
    Case(
        "SchedulerSilent",
        "one_worker_deaf",
        {
            'dataops_tick_age_seconds{instance="a"}': "5+0x4",
            'dataops_tick_age_seconds{instance="b"}': "7200+0x4",
        },
        "0m",
        SILENT.format("2h 0m 0s"),
    ),
    Case("SchedulerNeverHeard", "never_told", {"dataops_failures_open": "0+0x20"}, "3m", NEVER_TICKED),
    Case("SchedulerSilent", "180_seconds", {"dataops_tick_age_seconds": "180+0x4"}, "0m"),
    Case(
        "SchedulerNeverHeard",
        "just_installed",
        {"dataops_failures_open": "0+0x20", "dataops_tick_age_seconds": "_x11 1+0x9"},
        "3m",
    ),
    Case("SchedulerNeverHeard", "no_worker_runs", {}, "10m"),
    Case("WorkUnmeasured", "never_there", {}, "3m", UNMEASURED),
    Case("WorkUnmeasured", "gone_three_minutes", {"dataops_failures_open": "0 stale _x20"}, "3m15s", UNMEASURED),
    Case("WorkUnmeasured", "back_in_time", {"dataops_failures_open": "0 stale _x10 0+0x9"}, "3m15s"),
    Case(
        "WorkUnmeasured",
        "one_of_two_gone",
        {'dataops_failures_open{instance="a"}': "0 stale _x20", 'dataops_failures_open{instance="b"}': "0+0x20"},
        "4m",
    ),
    Case("DatesUnexplained", "ten_minutes", {"dataops_unexplained_dates": "2+0x50"}, "10m", UNEXPLAINED),
    Case(
        "DatesUnexplained",
        "one_worker_restarts",
        {
            'dataops_unexplained_dates{instance="a"}': "2+0x9 stale _x40",
            'dataops_unexplained_dates{instance="b"}': "2+0x50",
        },
        "10m",
        UNEXPLAINED,
    ),
    Case("DatesUnexplained", "made_in_time", {"dataops_unexplained_dates": "2+0x39 0+0x9"}, "10m"),
    Case("DatesUnexplained", "none", {"dataops_unexplained_dates": "0+0x90"}, "20m"),
    Case(
        "DatesUnchecked",
        "7201_seconds",
        {
            'dataops_dates_checked_age_seconds{instance="a"}': "7201+0x4",
            'dataops_dates_checked_age_seconds{instance="b"}': "7300+0x4",
        },
        "0m",
        UNCHECKED.format("2h 0m 1s"),
    ),
    Case("DatesNeverChecked", "never_checked", {"dataops_failures_open": "0+0x500"}, "2h", NEVER_CHECKED),
    Case("DatesUnchecked", "7200_seconds", {"dataops_dates_checked_age_seconds": "7200+0x4"}, "0m"),
    Case(
        "DatesUnchecked",
        "other_worker_checked",
        {
            'dataops_dates_checked_age_seconds{instance="a"}': "9000+0x4",
            'dataops_dates_checked_age_seconds{instance="b"}': "60+0x4",
        },
        "0m",
    ),
    Case(
        "DatesNeverChecked",
        "first_check_under_way",
        {"dataops_failures_open": "0+0x500", "dataops_dates_checked_age_seconds": "_x400 1+0x100"},
        "2h",
    ),
    Case("FailuresOpen", "ten_minutes", {"dataops_failures_open": "3+0x50"}, "10m", "3 failures wait on Home"),
    Case("FailuresOpen", "retried_in_time", {"dataops_failures_open": "3+0x39 0+0x9"}, "10m"),
    Case("WindowsWaiting", "eleven_minutes", {"dataops_windows_pending": "0 1+0x50"}, "11m15s", WAITING),
    Case("WindowsWaiting", "worker_restarts", {"dataops_windows_pending": "9+0x20 stale _ _ 9+0x30"}, "11m", WAITING),
    Case("WindowsWaiting", "first_sample", {"dataops_windows_pending": "900+0x9"}, "0m"),
    Case("WindowsWaiting", "empty_once", {"dataops_windows_pending": "9+0x20 0 9+0x30"}, "11m"),
    Case("WindowsWaiting", "ten_minutes", {"dataops_windows_pending": "9+0x39 0+0x9"}, "10m"),
    Case("WindowsLate", "six_of_a_hundred", lags("0+94x200", "0+100x200"), "20m", LATE),
    Case("WindowsLate", "four_of_a_hundred", lags("0+96x200", "0+100x200"), "20m"),
    Case("WindowsLate", "once_after_an_outage", lags("0+0x200", "0+0x20 100+0x180"), "20m"),
    Case(
        "WindowsLate",
        "backfilled",
        {name.replace("schedule", "backfill"): values for name, values in lags("0+0x200", "0+100x200").items()},
        "20m",
    ),
    Case("WindowsLate", "none_due", lags("5+0x200", "100+0x200"), "20m"),
    Case("WindowErrors", "one", {WINDOWS % "error": "0+0x4 1+0x9"}, "2m", TRIED_AGAIN),
    Case("WindowErrors", "one_long_ago", {WINDOWS % "error": "0 1+0x90"}, "16m"),
    Case("WindowErrors", "failed_by_rule", {WINDOWS % "failed": "0+1x90", WINDOWS % "error": "0+0x90"}, "16m"),
    Case("HandlerErrors", "first_of_a_series", {ERRORS % "bug": "_x8 1+0x9"}, "2m15s", HANDLER_BUG, BUG),
    Case("HandlerErrors", "another", {ERRORS % "bug": "1+0x90 2+0x9"}, "23m", HANDLER_BUG, BUG),
    Case("HandlerErrors", "after_a_restart", {ERRORS % "bug": "3+0x90 stale _x4 1+0x9"}, "24m30s", HANDLER_BUG, BUG),
    Case("HandlerErrors", "long_ago", {ERRORS % "bug": "1+0x90"}, "16m"),
    Case("HandlerErrors", "unavailable", {ERRORS % "unavailable": "0+1x90"}, "16m"),
    Case("HandlersUnavailable", "for_minutes", {ERRORS % "unavailable": "0+1x40"}, "6m", REFUSES, {"app_name": "work"}),
    Case("HandlersUnavailable", "election", {ERRORS % "unavailable": "0+5x4 20+0x40"}, "6m"),
    Case("HandlersUnavailable", "bugs", {ERRORS % "bug": "0+1x40"}, "6m"),
    Case("PortalErrors", "first_of_a_series", {REQUESTS % "500": "_x8 1+0x9"}, "2m15s", PORTAL_BUG),
    Case("PortalErrors", "another", {REQUESTS % "500": "1+0x90 2+0x9"}, "23m", PORTAL_BUG),
    Case("PortalErrors", "long_ago", {REQUESTS % "500": "1+0x90"}, "16m"),
    Case("PortalErrors", "refusals", {REQUESTS % "503": "0+1x90", REQUESTS % "404": "0+1x90"}, "16m"),
    Case(
        "PortalUnavailable",
        "two_of_a_hundred",
        {REQUESTS % "200": "0+98x50", REQUESTS % "503": "0+2x50"},
        "10m",
        REFUSED.format("2%"),
    ),
    Case("PortalUnavailable", "nothing_else", {REQUESTS % "503": "0+1x50"}, "10m", REFUSED.format("100%")),
    Case("PortalUnavailable", "one_of_a_hundred", {REQUESTS % "200": "0+99x50", REQUESTS % "503": "0+1x50"}, "10m"),
    Case(
        "PortalUnavailable",
        "election",
        {REQUESTS % "200": "0+10x60", REQUESTS % "503": "0+0x20 8 16 16+0x60"},
        "10m15s",
    ),
    Case("PortalUnavailable", "nobody_asks", {REQUESTS % "200": "5+0x50", REQUESTS % "503": "5+0x50"}, "10m"),
    Case("PortalSlow", "six_of_a_hundred", took("0+94x80", "0+100x80"), "15m", SLOW),
    Case("PortalSlow", "four_of_a_hundred", took("0+96x80", "0+100x80"), "15m"),
    Case("PortalSlow", "one_long_export", took("0+0x80", "0+0x20 1+0x60"), "10m15s"),
)
