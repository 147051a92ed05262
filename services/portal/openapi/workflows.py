"""Schedules: recurring configs, templates and their runs, generation, and what failed of it."""

import datetime as dt

from contracts.commands import CreateRecurring, RecurringChanges
from contracts.queries import Occurrence
from contracts.values import Model
from contracts.views import (
    Bundle,
    BundleCard,
    FailedWindow,
    Failure,
    OpenTask,
    PlannedWindow,
    RecurringConfig,
    ScheduleRow,
    Task,
    Template,
    Why,
    WindowRow,
)
from contracts.workflow_commands import BundleChanges, CreateBundle, CreateTemplate, TemplateChanges
from services.portal.openapi.operation import PAGED, Operation, Shape

_CONFIG = "/api/recurring/{configId}"
_TEMPLATE = "/api/templates/{templateId}"
_BUNDLE = "/api/bundles/{bundleId}"
_SCHEDULE = "/api/schedules/{scheduleId}"
_RANGE = {"startDate": "2028-02-01", "endDate": "2028-02-29"}
_FAILURE = {"kind": str, "sourceId": str, "code": str}
_HISTORY_CONFLICT: Shape = {
    "error": str,
    "code": str,
    "recurringConfigId": str,
    "references": {"tasks": int, "notifications": int, "total": int},
}


def _one(name: str, model: type[Model]) -> Shape:
    return {name: model, "warnings?": [str]}


_TEMPLATE_REPLY: Shape = {
    **_one("template", Template),
    "anchorDates?": {"leftOut": [dt.date], "alreadyMade": [dt.date]},
}

RECURRING = (
    Operation("GET", "/api/recurring", "All recurring configs", {"recurringConfigs": [RecurringConfig]}),
    Operation(
        "POST",
        "/api/recurring",
        "Add a recurring config",
        _one("recurringConfig", RecurringConfig),
        status=201,
        body=CreateRecurring,
        example={"description": "Back up Mailchimp", "cronExpression": "0 9 * * 1"},
    ),
    Operation(
        "POST",
        "/api/recurring/generate",
        "Generate the tasks of a date range",
        {
            "generated": [Task],
            "skipped": int,
            "failed?": [{"recurringConfigId": str, "date": dt.date, "error": str}],
        },
        body={"startDate": dt.date, "endDate": dt.date},
        example=_RANGE,
    ),
    Operation("GET", _CONFIG, "One recurring config", {"recurringConfig": RecurringConfig}),
    Operation(
        "PUT",
        _CONFIG,
        "Change a recurring config",
        _one("recurringConfig", RecurringConfig),
        body=RecurringChanges,
        example={"enabled": False},
    ),
    Operation(
        "DELETE",
        _CONFIG,
        "Delete a recurring config that never made a task",
        status=204,
        refuses={409: _HISTORY_CONFLICT},
    ),
)

TEMPLATES = (
    Operation("GET", "/api/templates", "All templates", {"templates": [Template], "after?": str}, query=PAGED),
    Operation(
        "POST",
        "/api/templates",
        "Add a template",
        _TEMPLATE_REPLY,
        status=201,
        body=CreateTemplate,
        example={
            "name": "Podcast episode",
            "type": "podcast",
            "taskDefinitions": [{"refId": "invite", "description": "Invite the guest", "offsetDays": -14}],
        },
    ),
    Operation("GET", _TEMPLATE, "One template", _TEMPLATE_REPLY),
    Operation(
        "PUT",
        _TEMPLATE,
        "Change a template",
        _TEMPLATE_REPLY,
        body=TemplateChanges,
        example={"tags": ["podcast"]},
    ),
    Operation("DELETE", _TEMPLATE, "Delete a template; its runs stay", status=204),
)

BUNDLES = (
    Operation("GET", "/api/bundles", "All workflow runs", {"bundles": [Bundle], "after?": str}, query=PAGED),
    Operation(
        "POST",
        "/api/bundles",
        "Start a workflow by hand",
        {"bundle": Bundle, "tasks?": [Task]},
        status=201,
        body=CreateBundle,
        example={"title": "Episode 12", "anchorDate": "2028-03-01"},
    ),
    Operation("GET", _BUNDLE, "One workflow run", {"bundle": Bundle}),
    Operation("PUT", _BUNDLE, "Change a workflow run", {"bundle": Bundle}, body=BundleChanges, example={"emoji": "🎙️"}),
    Operation("DELETE", _BUNDLE, "Delete a workflow run", status=204),
    Operation(
        "PUT",
        f"{_BUNDLE}/archive",
        "Archive a workflow run",
        {"bundle": Bundle, "openCount?": int, "openTasks?": [OpenTask]},
    ),
    Operation(
        "POST",
        f"{_BUNDLE}/stage",
        "Move a run to a stage",
        {"bundle": Bundle},
        body={"stage": str, "comment?": str},
        example={"stage": "announced"},
    ),
    Operation("GET", f"{_BUNDLE}/tasks", "Tasks of a run, by date", {"tasks": [Task], "after?": str}, query=PAGED),
    Operation(
        "GET",
        "/api/bundle-cards",
        "Runs with progress and risk",
        {"cards": [BundleCard], "after?": str},
        query=("status", *PAGED),
    ),
)

SCHEDULES = (
    Operation("GET", "/api/schedules", "All schedules of both mechanisms", {"schedules": [ScheduleRow]}),
    Operation(
        "GET",
        "/api/schedules/preview",
        "When a cron expression would run next",
        {"items": [Occurrence], "timezone": str},
        query=("cron",),
    ),
    Operation("GET", _SCHEDULE, "One schedule", {"schedule": ScheduleRow}),
    Operation(
        "GET",
        f"{_SCHEDULE}/windows",
        "What became of each date, latest first",
        {"windows": [WindowRow], "after?": str},
        query=PAGED,
    ),
    Operation(
        "GET",
        f"{_SCHEDULE}/upcoming",
        "The next dates",
        {"upcoming": [Occurrence], "timezone": str},
        query=("count",),
    ),
    Operation("GET", f"{_SCHEDULE}/why", "Why there is work on a date, or none", Why, query=("date",)),
    Operation(
        "POST",
        f"{_SCHEDULE}/pause",
        "Pause a schedule",
        {"schedule": ScheduleRow},
        body={"reason?": str, "until?": dt.date},
        optional_body=True,
        example={"reason": "No newsletter in August", "until": "2028-09-01"},
    ),
    Operation("DELETE", f"{_SCHEDULE}/pause", "Resume a schedule", {"schedule": ScheduleRow}),
    Operation("POST", f"{_SCHEDULE}/archive", "Archive a schedule", {"schedule": ScheduleRow}),
    Operation("DELETE", f"{_SCHEDULE}/archive", "Restore a schedule", {"schedule": ScheduleRow}),
    Operation(
        "POST",
        "/api/backfills",
        "Generate a date range, or with dryRun only say what would happen",
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
        {"output_dir": str, "schema_version": str, "entity_counts": dict, "generated_at": "date-time"},
        refuses={400: None, 403: None},
    ),
    Operation(
        "GET",
        "/api/export",
        "Everything, as one zip archive (admins)",
        downloads=("application/zip",),
        refuses={403: None},
    ),
    Operation("GET", "/api/failures", "What could not be generated", {"failures": [Failure]}),
    Operation("POST", "/api/failures/retries", "Try again", {"windows": int}, status=202, body=_FAILURE),
    Operation(
        "POST",
        "/api/failures/acknowledgements",
        "Take a failure from the list, with a note",
        {"windows": int},
        body={"kind?": str, "sourceId?": str, "code": str, "note": str},
    ),
)
