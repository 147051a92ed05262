"""Schedules of both mechanisms, generation, what failed of it, and exports."""

import datetime as dt

from contracts.queries import GetUpcoming, ListWindows, Occurrence
from contracts.views import Bundle, FailedWindow, Failure, PlannedWindow, ScheduleRow, Task, Why, WindowRow
from services.portal.openapi.operation import IN_PAGES, PAGED, Operation

_SCHEDULE = "/api/schedules/{scheduleId}"
_RANGE = {"startDate": "2028-02-01", "endDate": "2028-02-29"}
_FAILURE = {"kind": str, "sourceId": str, "code": str}

OPERATIONS = (
    Operation(
        "GET",
        "/api/schedules",
        "All schedules of both mechanisms",
        (
            "Recurring configs and templates with a trigger in one shape: cron in words, next opening, last "
            "outcome, pause."
        ),
        {"schedules": [ScheduleRow]},
    ),
    Operation(
        "GET",
        "/api/schedules/preview",
        "When a cron expression would run next",
        (
            "Reads the expression in `cron` as a schedule would and gives its next openings. One that cannot "
            "be read is 400, with the nearest form that can."
        ),
        {"items": [Occurrence], "timezone": str},
        query=("cron",),
    ),
    Operation(
        "GET",
        _SCHEDULE,
        "One schedule",
        "One schedule by the id of its recurring config or template.",
        {"schedule": ScheduleRow},
    ),
    Operation(
        "GET",
        f"{_SCHEDULE}/windows",
        "What became of each date, latest first",
        (f"One row for each scheduled date with its outcome: generated, paused, missed or failed. {IN_PAGES}"),
        {"windows": [WindowRow], "after?": str},
        query=PAGED,
        asks=ListWindows,
    ),
    Operation(
        "GET",
        f"{_SCHEDULE}/upcoming",
        "The next dates",
        "The next openings, five unless `count` says how many.",
        {"upcoming": [Occurrence], "timezone": str},
        query=("count",),
        asks=GetUpcoming,
    ),
    Operation(
        "GET",
        f"{_SCHEDULE}/why",
        "Why there is work on a date, or none",
        "The reason in words for the date in `date`, with the window and what it made, if there are any.",
        Why,
        query=("date",),
    ),
    Operation(
        "POST",
        f"{_SCHEDULE}/pause",
        "Pause a schedule",
        (
            "Nothing is generated while it is paused. `until` is the first date on which it runs again; "
            "without it the pause lasts until it is resumed."
        ),
        {"schedule": ScheduleRow},
        body={"reason?": str, "until?": dt.date},
        optional_body=True,
        example={"reason": "No newsletter in August", "until": "2028-09-01"},
    ),
    Operation(
        "DELETE",
        f"{_SCHEDULE}/pause",
        "Resume a schedule",
        "The schedule runs again from now on. Dates that passed during the pause are not made up for.",
        {"schedule": ScheduleRow},
    ),
    Operation(
        "POST",
        f"{_SCHEDULE}/archive",
        "Archive a schedule",
        "The schedule generates nothing and is hidden. What it made stays.",
        {"schedule": ScheduleRow},
    ),
    Operation(
        "DELETE",
        f"{_SCHEDULE}/archive",
        "Restore a schedule",
        "The schedule is listed again. Dates that passed meanwhile are not made up for.",
        {"schedule": ScheduleRow},
    ),
    Operation(
        "POST",
        "/api/backfills",
        "Generate a date range, or with dryRun only say what would happen",
        (
            "Generates every scheduled date from `startDate` to `endDate`, at most 90 days apart, of "
            "`scheduleIds` or of all active schedules. What exists is skipped, so that repeating the call is "
            "safe. With `dryRun` only `planned` is returned and nothing is written."
        ),
        {
            "planned?": [PlannedWindow],
            "tasks?": [Task],
            "bundles?": [Bundle],
            "skipped?": int,
            "paused?": int,
            "failed?": [FailedWindow],
        },
        body={"startDate": dt.date, "endDate": dt.date, "scheduleIds?": [str], "dryRun?": bool},
        example=_RANGE | {"dryRun": True},
    ),
    Operation(
        "POST",
        "/api/cron/run",
        "Generate what is due today",
        (
            "Generates what every schedule has for today, as the scheduler does. What exists is skipped, and "
            "one failure stops no other schedule."
        ),
        {
            "created": [str],
            "skipped": int,
            "templates": {"created": [str], "skipped": int, "recovered": int},
            "recurring": {"generated": [str], "skipped": int},
            "failures": int,
        },
    ),
    Operation(
        "POST",
        "/api/cron/export",
        "Write the export into the server's directory (admins)",
        (
            "Replaces the export in the directory that `EXPORT_OUTPUT_DIR` names, once the new one is whole. "
            "Without that setting the reply is 400."
        ),
        {"output_dir": str, "schema_version": str, "entity_counts": dict, "generated_at": "date-time"},
        refuses={400: None, 403: None},
    ),
    Operation(
        "GET",
        "/api/export",
        "Everything, as one zip archive (admins)",
        (
            "A zip archive of everything at one instant, without passwords and sessions. It is sent as "
            "`application/zip`; `application/octet-stream` is listed for client generators that know no other "
            "type of bytes."
        ),
        downloads=("application/zip",),
        refuses={403: None},
    ),
    Operation(
        "GET",
        "/api/failures",
        "What could not be generated",
        "Open failures of schedules, the latest first, each with its dates, its code and the reason.",
        {"failures": [Failure]},
    ),
    Operation(
        "POST",
        "/api/failures/retries",
        "Try again",
        (
            "Publishes the open dates of the failure again and returns how many. What becomes of them is in "
            "the windows of the schedule."
        ),
        {"windows": int},
        status=202,
        body=_FAILURE,
    ),
    Operation(
        "POST",
        "/api/failures/acknowledgements",
        "Take a failure from the list, with a note",
        (
            "Closes the failure without generating anything; `note` says why. Without `kind` and `sourceId` "
            "it is about the dates that an outage left out."
        ),
        {"windows": int},
        body={"kind?": str, "sourceId?": str, "code": str, "note": str},
    ),
)
