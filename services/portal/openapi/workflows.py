"""Recurring configs, templates and workflow runs."""

import datetime as dt

from contracts.commands import CreateRecurring, RecurringChanges
from contracts.values import Model
from contracts.views import (
    Bundle,
    BundleCard,
    OpenTask,
    RecurringConfig,
    Task,
    Template,
)
from contracts.workflow_commands import BundleChanges, CreateBundle, CreateTemplate, TemplateChanges
from contracts.workflow_queries import ListBundleCards, ListBundles, ListBundleTasks, ListTemplates
from services.portal.openapi.operation import IN_PAGES, PAGED, Operation, Shape

_CONFIG = "/api/recurring/{configId}"
_TEMPLATE = "/api/templates/{templateId}"
_BUNDLE = "/api/bundles/{bundleId}"
_RANGE = {"startDate": "2028-02-01", "endDate": "2028-02-29"}
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
    Operation(
        "GET",
        "/api/recurring",
        "All recurring configs",
        "Every recurring config, paused and archived ones included.",
        {"recurringConfigs": [RecurringConfig]},
    ),
    Operation(
        "POST",
        "/api/recurring",
        "Add a recurring config",
        (
            "Creates a recurring config from a five-field cron expression, which is read in the timezone of "
            "the application. `warnings` says what a valid expression may not mean."
        ),
        _one("recurringConfig", RecurringConfig),
        status=201,
        body=CreateRecurring,
        example={"description": "Back up Mailchimp", "cronExpression": "0 9 * * 1"},
    ),
    Operation(
        "POST",
        "/api/recurring/generate",
        "Generate the tasks of a date range",
        (
            "Generates the tasks of all active recurring configs from `startDate` to `endDate`, at most 90 "
            "days apart. Tasks that exist count as skipped, so that repeating the call is safe."
        ),
        {
            "generated": [Task],
            "skipped": int,
            "failed?": [{"recurringConfigId": str, "date": dt.date, "error": str}],
        },
        body={"startDate": dt.date, "endDate": dt.date},
        example=_RANGE,
    ),
    Operation(
        "GET",
        _CONFIG,
        "One recurring config",
        "The config as it is stored, with its pause if it has one.",
        {"recurringConfig": RecurringConfig},
    ),
    Operation(
        "PUT",
        _CONFIG,
        "Change a recurring config",
        (
            "Changes the fields that are sent; tasks that exist keep theirs. With `version`, a config that "
            "changed since is refused with 409."
        ),
        _one("recurringConfig", RecurringConfig),
        body=RecurringChanges,
        example={"enabled": False},
    ),
    Operation(
        "DELETE",
        _CONFIG,
        "Delete a recurring config that never made a task",
        (
            "A config that has made a task is refused with 409, which counts what refers to it: disable or "
            "archive it instead."
        ),
        status=204,
        refuses={409: _HISTORY_CONFLICT},
    ),
)

TEMPLATES = (
    Operation(
        "GET",
        "/api/templates",
        "All templates",
        (f"Templates of workflows, archived ones included. {IN_PAGES}"),
        {"templates": [Template], "after?": str},
        query=PAGED,
        asks=ListTemplates,
    ),
    Operation(
        "POST",
        "/api/templates",
        "Add a template",
        "Creates a template. With `triggerType: automatic` and `triggerSchedule` it starts runs by itself.",
        _TEMPLATE_REPLY,
        status=201,
        body=CreateTemplate,
        example={
            "name": "Podcast episode",
            "type": "podcast",
            "taskDefinitions": [{"refId": "invite", "description": "Invite the guest", "offsetDays": -14}],
        },
    ),
    Operation(
        "GET",
        _TEMPLATE,
        "One template",
        "The template with its task definitions, its trigger and `version`.",
        _TEMPLATE_REPLY,
    ),
    Operation(
        "PUT",
        _TEMPLATE,
        "Change a template",
        (
            "Changes the fields that are sent, for runs that start from now on. With `version`, a template "
            "that changed since is refused with 409."
        ),
        _TEMPLATE_REPLY,
        body=TemplateChanges,
        example={"tags": ["podcast"]},
    ),
    Operation(
        "DELETE",
        _TEMPLATE,
        "Delete a template; its runs stay",
        "The template starts nothing any more. Runs that it started stay as they are.",
        status=204,
    ),
)

BUNDLES = (
    Operation(
        "GET",
        "/api/bundles",
        "All workflow runs",
        (f"Every workflow run, archived ones included. {IN_PAGES}"),
        {"bundles": [Bundle], "after?": str},
        query=PAGED,
        asks=ListBundles,
    ),
    Operation(
        "POST",
        "/api/bundles",
        "Start a workflow by hand",
        (
            "Starts a run. With `templateId` its tasks are created on dates counted from `anchorDate`, and "
            "the reply lists them in the order of the template."
        ),
        {"bundle": Bundle, "tasks?": [Task]},
        status=201,
        body=CreateBundle,
        example={"title": "Episode 12", "anchorDate": "2028-03-01"},
    ),
    Operation(
        "GET",
        _BUNDLE,
        "One workflow run",
        "The run with its stage, links and `version`; its tasks have a list of their own.",
        {"bundle": Bundle},
    ),
    Operation(
        "PUT",
        _BUNDLE,
        "Change a workflow run",
        (
            "Changes the fields that are sent; another `anchorDate` does not move tasks. With `version`, a "
            "run that changed since is refused with 409."
        ),
        {"bundle": Bundle},
        body=BundleChanges,
        example={"emoji": "🎙️"},
    ),
    Operation(
        "DELETE",
        _BUNDLE,
        "Delete a workflow run",
        (
            "Only an archived run can be deleted; others are refused with 400. It leaves every list; its "
            "history is kept."
        ),
        status=204,
    ),
    Operation(
        "PUT",
        f"{_BUNDLE}/archive",
        "Archive a workflow run",
        (
            "Takes the run from the active ones. Tasks that are still open are counted and listed; they count "
            "nowhere until the run is active again."
        ),
        {"bundle": Bundle, "openCount?": int, "openTasks?": [OpenTask]},
    ),
    Operation(
        "POST",
        f"{_BUNDLE}/stage",
        "Move a run to a stage",
        "From any stage to any other. The history says who moved it, when, and `comment`.",
        {"bundle": Bundle},
        body={"stage": str, "comment?": str},
        example={"stage": "announced"},
    ),
    Operation(
        "GET",
        f"{_BUNDLE}/tasks",
        "Tasks of a run, by date",
        (f"The tasks of one run, the earliest date first. {IN_PAGES}"),
        {"tasks": [Task], "after?": str},
        query=PAGED,
        asks=ListBundleTasks,
    ),
    Operation(
        "GET",
        "/api/bundle-cards",
        "Runs with progress and risk",
        (f"Active runs with progress, risk and what comes next; with `status=archived` the archived ones. {IN_PAGES}"),
        {"cards": [BundleCard], "after?": str},
        query=("status", *PAGED),
        asks=ListBundleCards,
    ),
)
