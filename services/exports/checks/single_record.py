"""What must hold within one record, beyond the kinds of its fields."""

from collections.abc import Callable, Iterator
from typing import Any, cast

from contracts.transfer.export_records import Entity
from contracts.values import TaskStatus
from services.exports import kinds
from services.exports.checks.fields import Record, is_absent, missing, wrong
from services.exports.checks.nested import (
    approval_problems,
    definition_problems,
    phase_problems,
    proof_problems,
    timeline_problems,
)
from services.exports.faults import Level, Problem
from services.exports.kinds import instant_of

V, S = Level.FORMAT, Level.STRICT
Rule = Callable[[Record], Iterator[Problem]]
_WORK_IDS = ("task_id", "bundle_id", "template_id", "recurring_config_id")


def _proof_of_task(task: Record) -> Iterator[Problem]:
    yield from proof_problems(task, "proof_requirement")


def _waiting(task: Record) -> Iterator[Problem]:
    if task.get("status") == TaskStatus.WAITING:
        for name, level in (("waiting_for", V), ("follow_up_at", V), ("comment", S)):
            if is_absent(task.get(name)):
                yield missing(name, level)


def _completion(task: Record) -> Iterator[Problem]:
    done = task.get("status") == TaskStatus.DONE
    if done and is_absent(task.get("completed_at")):
        yield wrong("completed_at", "is required when the task is done", S)
    for name in ("completed_at", "completed_by"):
        if not done and not is_absent(task.get(name)):
            yield wrong(name, "must be absent unless the task is done", S)


def source_problems(task: Record) -> Iterator[Problem]:
    """What its source asks for and is not there."""
    needed = {
        "recurring": ("recurring_config_id",),
        "template": ("bundle_id", "template_id", "template_task_ref"),
    }.get(_text(task, "source"), ())
    for name in needed:
        # What exists no longer was left out on export and is told there.
        if is_absent(task.get(name)) and name not in unresolved_of(task):
            yield wrong(name, f"is required when the source is {task['source']}", S)


def unresolved_of(record: Record) -> dict[str, Any]:
    """The references that led to nothing when it was exported, by field."""
    value = record.get("unresolved_references")
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _order_of_stamps(record: Record) -> Iterator[Problem]:
    created, updated = (instant_of(_text(record, name)) for name in ("created_at", "updated_at"))
    if created and updated and updated < created:
        yield wrong("updated_at", "must not lie before created_at", S)


def _artifact(artifact: Record) -> Iterator[Problem]:
    provider = artifact.get("storage_provider")
    if provider in ("s3", "local-dev") and is_absent(artifact.get("checksum")):
        yield Problem("checksum", f"checksum is required for DataOps-owned {provider} artifacts")
    if artifact.get("status") in ("approved", "rejected") and is_absent(artifact.get("reviewed_at")):
        yield wrong("reviewed_at", f"is required when the artifact is {artifact['status']}")


def _job(job: Record) -> Iterator[Problem]:
    if is_absent(job.get("task_id")) and is_absent(job.get("bundle_id")):
        yield Problem("task_id", "needs a task_id or a bundle_id")
    if job.get("status") == "waiting_approval" and job.get("approval_required") is False:
        yield wrong("approval_required", "must not be false while it waits for approval")
    yield from approval_problems(job)


def _cron(field: str, enabled: str) -> Rule:
    """While it is paused, one that nobody can read does no harm; so those of an earlier system arrive."""

    def rule(schedule: Record) -> Iterator[Problem]:
        cron = schedule.get(field)
        if not is_absent(cron) and schedule.get(enabled) is not False and (reason := kinds.cron(cron)):
            yield wrong(field, reason, S)

    return rule


def _notification(notification: Record) -> Iterator[Problem]:
    kind = notification.get("notification_type")
    if kind == "follow-up-due":
        for name in ("task_id", "due_at"):
            if is_absent(notification.get(name)):
                yield missing(name)
    if kind == "recurring-due":
        for name in ("task_id", "recurring_config_id"):
            if is_absent(notification.get(name)) and name not in unresolved_of(notification):
                yield wrong(name, "is required when the type is recurring-due", S)
    if kind in ("stage-change", "automation-failure") and not _names_something(notification):
        yield Problem("bundle_id", f"must name what it is about when the type is {kind}", S)


def _names_something(notification: Record) -> bool:
    """An outage or another incident of the scheduler itself concerns all schedules, and names itself."""
    metadata = notification.get("metadata")
    is_incident = isinstance(metadata, dict) and "incident" in metadata
    return (
        is_incident
        or any(not is_absent(notification.get(name)) for name in _WORK_IDS)
        or bool(unresolved_of(notification))
    )


def _text(record: Record, name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""


_CRON, _TRIGGER = _cron("cron_expression", "enabled"), _cron("trigger_schedule", "trigger_enabled")
RULES: dict[Entity, tuple[Rule, ...]] = {
    Entity.TASKS: (_proof_of_task, _waiting, _completion, source_problems, _order_of_stamps),
    Entity.BUNDLES: (_order_of_stamps,),
    Entity.TEMPLATES: (phase_problems, definition_problems, timeline_problems, _TRIGGER, _order_of_stamps),
    Entity.RECURRING_CONFIGS: (timeline_problems, _CRON, _order_of_stamps),
    Entity.ARTIFACTS: (_artifact, _order_of_stamps),
    Entity.ASSISTANT_JOBS: (_job, _order_of_stamps),
    Entity.NOTIFICATIONS: (_notification,),
}
