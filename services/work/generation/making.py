"""The documents that a window makes. Ids are derived, so every retry makes the same ones."""

import datetime as dt
from dataclasses import dataclass
from typing import cast

from contracts.duties import DutyFields, ReferenceFields, TaskDefinition
from contracts.fields.dates import format_date
from contracts.recurring import RecurringConfig
from contracts.templates import Template
from contracts.values import BundleStatus, Stage, TaskStatus, Window, calendar_date, derived_id
from services.work.generation import messages
from services.work.runs.documents import RunDocument
from services.work.tasks.documents import TaskDocument
from services.work.tasks.proof import NO_PROOF, Proof, links_of, missing_items

Fields = dict[str, object]
"""Fields of a document in the making."""
_DAY = dt.timedelta(days=1)
_DUTY_FIELDS = set(DutyFields.model_fields)
_DEFINITION_FIELDS = _DUTY_FIELDS.union(
    ("instruction_step_id", "phase", "validation", "stage_on_complete"), ReferenceFields.model_fields
)
_RUN_FIELDS = {"emoji", "references"}


class InvalidDefinition(ValueError):
    """A template or config that cannot make work; the message says which part and why."""


@dataclass(frozen=True)
class Run:
    """A workflow run and each of its tasks once, in the order of their definitions."""

    document: RunDocument
    tasks: list[TaskDocument]


def recurring_task(
    config: RecurringConfig, window: Window, now: dt.datetime, *, opened_on: dt.date | None = None
) -> TaskDocument:
    """The one task of a recurring window: due on the window's date, overdue from the day after it opened.

    ``opened_on`` is the local date of the opening, None when it never opened by itself. It is the day after the
    window's where a clock change skips the end of a day. Raises InvalidDefinition.
    """
    task: Fields = {
        "_id": window.item_id,
        "description": config.description,
        "date": window.date.isoformat(),
        "source": "recurring",
        "recurring_config_id": config.id,
        "window_date": window.date.isoformat(),
        "overdue_from": _days_after(max(window.date, opened_on or window.date), 1).isoformat(),
        **_present(config, _DUTY_FIELDS),
        **_optional(assignee_id=config.assignee_id, tags=config.tags or None),
    }
    return _fresh(task, now)


def automatic_run(template: Template, window: Window, lead: int, now: dt.datetime, today: dt.date) -> Run:
    """The run of a template's window: anchor is the window's date plus the lead. It needs the anchor's run key.

    Raises InvalidDefinition.
    """
    anchor = _days_after(window.date, lead)
    begun = _begun_run(window.item_id, anchor, now, title=run_title(template.name, anchor))
    return _run(template, begun | {"run_key": run_key(template.id, anchor)}, today)


def started_run(
    template: Template, run_id: str, anchor: dt.date, given: Fields, *, now: dt.datetime, today: dt.date
) -> Run:
    """A run started by hand: what is ``given`` wins over what the template says."""
    begun = _begun_run(run_id, anchor, now, title=run_title(template.name, anchor))
    return _run(template, begun | given, today)


def plain_run(run_id: str, anchor: dt.date, given: Fields, now: dt.datetime) -> RunDocument:
    """A run without a template; ``given`` has its title."""
    return cast("RunDocument", _begun_run(run_id, anchor, now) | given)


def _days_after(date: dt.date, days: int) -> dt.date:
    try:
        return calendar_date(date + days * _DAY)
    except (OverflowError, ValueError):
        raise InvalidDefinition(messages.beyond_calendar(days, format_date(date))) from None


def run_title(name: str, anchor: dt.date) -> str:
    """``Newsletter - Mon 7 Feb 2028``: always with the year, since runs of several years stand in one list."""
    return f"{name} - {format_date(anchor)}"


def run_key(template_id: str, anchor: dt.date) -> str:
    """Taken by the first run of a template for an anchor date, for ever."""
    return f"{template_id}:{anchor.isoformat()}"


def _begun_run(run_id: str, anchor: dt.date, now: dt.datetime, **fields: str) -> Fields:
    return {
        "_id": run_id,
        "anchor_date": anchor.isoformat(),
        "stage": Stage.PREPARATION.value,
        "status": BundleStatus.ACTIVE.value,
        "created_at": now,
        "updated_at": now,
        "version": 1,
        **fields,
    }


def _run(template: Template, begun: Fields, today: dt.date) -> Run:
    fields: Fields = {
        **_present(template, _RUN_FIELDS),
        **_optional(
            tags=template.tags or None,
            bundle_links=[{"name": link.name, "url": ""} for link in template.bundle_link_definitions or []] or None,
        ),
        **begun,
        "template_id": template.id,
        "steps": len(template.task_definitions),
    }
    document = cast("RunDocument", fields)
    tasks = [
        _template_task(template, definition, step, run=document, today=today)
        for step, definition in enumerate(template.task_definitions, start=1)
    ]
    refs = [definition.ref_id for definition in template.task_definitions]
    if len(set(refs)) < len(refs):
        raise InvalidDefinition(messages.REF_ID_TWICE)
    return Run(document, tasks)


def _template_task(
    template: Template, definition: TaskDefinition, step: int, *, run: RunDocument, today: dt.date
) -> TaskDocument:
    if not definition.description.strip():
        raise InvalidDefinition(messages.no_description(definition.ref_id))
    try:
        due = calendar_date(dt.date.fromisoformat(run["anchor_date"]) + definition.offset_days * _DAY)
        # What was due before its run existed is due now; it is overdue only from the run's second day.
        overdue_from = max(due, today) + _DAY
    except (OverflowError, ValueError):
        raise InvalidDefinition(messages.offset_beyond_calendar(definition.ref_id)) from None
    task: Fields = {
        "_id": derived_id(f"{run['_id']}:{definition.ref_id}"),
        "description": definition.description,
        "date": due.isoformat(),
        "source": "template",
        "bundle_id": run["_id"],
        "template_id": template.id,
        "template_task_ref": definition.ref_id,
        "step": step,
        "overdue_from": overdue_from.isoformat(),
        "late_run": due < today,
        **_present(definition, _DEFINITION_FIELDS),
        **_optional(
            assignee_id=definition.assignee_id or template.default_assignee_id or None, tags=template.tags or None
        ),
    }
    made = _fresh(task, run["created_at"], Proof(bundle_links=links_of(run.get("bundle_links"))))
    made["live"] = run["status"] == BundleStatus.ACTIVE.value
    return made


def _fresh(fields: Fields, now: dt.datetime, proof: Proof = NO_PROOF) -> TaskDocument:
    task = cast("TaskDocument", fields)
    task["status"] = TaskStatus.TODO.value
    task["created_at"] = task["updated_at"] = now
    task["version"] = 1
    task["live"] = True
    task["missing"] = missing_items(task, proof)
    return task


def _present(model: DutyFields | Template, names: set[str]) -> Fields:
    """The named fields that are set; ``requires_file`` also when false, texts and lists only when not empty."""
    values = model.model_dump(include=names, exclude_none=True, mode="json")
    return {name: value for name, value in values.items() if value not in ("", [])}


def _optional(**fields: object) -> Fields:
    return {name: value for name, value in fields.items() if value is not None}
