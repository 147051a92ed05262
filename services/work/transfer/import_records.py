"""Records of an export, turned back into what work stores: the inverse of `services.work.transfer.export_records`.

What can be derived is derived again, by the rules that derive it for what people do here.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any, cast
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from contracts.artifacts import Artifact, ArtifactStatus, DataClass, SourceType
from contracts.cron.expression import CronError, CronExpression
from contracts.duties import TaskDefinition
from contracts.fields.lenient import Raw
from contracts.files import File, FileCategory
from contracts.history import HistoryRow
from contracts.recurring import RecurringConfig
from contracts.runs import Bundle
from contracts.schedules import Revision
from contracts.tasks import Task
from contracts.templates import Template
from contracts.transfer.export_records import Entity, Record
from contracts.values import BundleStatus, Model, subject_token
from contracts.windows import WindowRow
from services.work.artifacts.rules import provider_of
from services.work.runs.documents import RunDocument
from services.work.schedules import timeline as timelines
from services.work.schedules.documents import TriggerFields
from services.work.schedules.reading import stored_timeline
from services.work.schedules.triggers import cron_of, timeline_under
from services.work.tasks.documents import TaskDocument
from services.work.tasks.editing import lateness
from services.work.tasks.follow_ups import due_instant
from services.work.transfer import messages

_INSTANTS = frozenset(
    {
        *("created_at", "updated_at", "deleted_at", "completed_at", "completion_refused_at", "reviewed_at"),
        *("archived_at", "opened_at", "first_at", "last_at", "reopened_at", "acknowledged_at", "at", "recorded_at"),
    }
)
_DERIVED_ON_EXPORT = frozenset(
    {"unresolved_references", "waived_requirements", "inherited_artifact_refs", "stated_source", "archived_at"}
)


class Unimportable(ValueError):
    """A record that cannot be kept; the message says which field and why."""


def document_of(entity: Entity, record: Record, zone: ZoneInfo) -> Record:
    """The document as it is stored, but for what other documents decide. Raises Unimportable."""
    allowed = entity.fields - _DERIVED_ON_EXPORT
    if entity is Entity.BUNDLES:  # of schedules, their timeline says so
        allowed |= {"archived_at"}
    document = {name: value for name, value in record.items() if name in allowed}
    document["_id"] = document.pop(entity.id_field, None)
    if not isinstance(document["_id"], str) or not document["_id"]:
        raise Unimportable(messages.field_missing(entity.id_field))
    if entity in (Entity.RECURRING_CONFIGS, Entity.TEMPLATES):
        _refuse_unpublishable(entity.id_field, document["_id"])
    document |= {name: _instant(name, document[name]) for name in _INSTANTS & document.keys()}
    if isinstance(unresolved := record.get("unresolved_references"), dict):
        document = _with_unresolved(document, cast("Record", unresolved))
    try:
        document = _SHAPES[entity](document, record, zone)
        _READ[entity].model_validate(_as_read(entity, document))
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"]))
        raise Unimportable(f"{place} {fault['msg']}") from None
    except KeyError as error:
        raise Unimportable(messages.field_missing(error.args[0])) from error
    except (ValueError, TypeError, AttributeError) as error:
        raise Unimportable(str(error)) from error
    return document


def _refuse_unpublishable(field: str, id: str) -> None:
    """A schedule with an id that no message can name would never make anything."""
    try:
        subject_token(id)
    except ValueError as error:
        raise Unimportable(f"{field}: {error}") from error


def _instant(name: str, value: object) -> dt.datetime:
    try:
        instant = dt.datetime.fromisoformat(cast("str", value))
    except (ValueError, TypeError):
        raise Unimportable(messages.not_an_instant(name)) from None
    if instant.tzinfo is None:
        raise Unimportable(messages.no_zone(name))
    return instant.astimezone(dt.UTC)


def _with_unresolved(document: Record, unresolved: Record) -> Record:
    """With the references that led to nothing when it was exported."""
    for name, value in unresolved.items():
        if name == "task_definitions":
            steps: list[Record] = document.get(name) or []
            document[name] = [_with_unresolved(dict(one), value.get(one.get("refId"), {})) for one in steps]
        elif isinstance(value, list):
            document[name] = [*document.get(name, ()), *cast("list[Any]", value)]
        else:
            document[name] = value
    return document


def _task(task: Record, record: Record, zone: ZoneInfo) -> Record:
    """Evidence decides what it lacks, and its run whether it counts."""
    task |= cast("Record", record.get("waived_requirements") or {})
    if stated := record.get("stated_source"):
        task["source"] = stated
    if inherited := record.get("inherited_artifact_refs"):
        task["artifact_refs"] = [one for one in task["artifact_refs"] if one not in map(_bare, inherited)]
    task = {"version": 1, "missing": [], **task}
    if "overdue_from" not in task:
        started = task["created_at"].astimezone(zone).date()
        lateness_of = task | ({"late_run": False} if task.get("bundle_id") else {})
        task |= lateness(cast("TaskDocument", lateness_of), started, zone)
    due_at = due_instant(task.get("follow_up_at"), zone)
    return task if due_at is None else {**task, "follow_up_due_at": due_at}


def _bare(id: str) -> Record:
    """A reference as the export adds it for what the task's run lists."""
    return {"artifactId": id}


def _run(run: Record, record: Record, zone: ZoneInfo) -> Record:
    return {"version": 1, "deleted_at": None, **run}


def _config(config: Record, record: Record, zone: ZoneInfo) -> Record:
    cron, enabled = str(config.pop("cron_expression", "")), config.pop("enabled", True) is not False
    timeline = _timeline(record) or stored_timeline(
        timelines.create(cron=cron, enabled=enabled and _is_readable(cron), by=None, now=config["created_at"])
    )
    return {"version": 1, "deleted_at": None, **config, "timeline": timeline}


def _template(template: Record, record: Record, zone: ZoneInfo) -> Record:
    definitions = cast("list[Any]", template.get("task_definitions") or [])
    template = {
        "version": 1,
        "deleted_at": None,
        **template,
        "task_definitions": [_definition(one) for one in definitions],
    }
    if timeline := _timeline(record):
        return {**template, "timeline": timeline}
    if cron := cron_of(cast("TriggerFields", template)):
        template["trigger_enabled"] = template.get("trigger_enabled") is not False and _is_readable(cron)
        changes = timeline_under((), {}, cast("TriggerFields", template), by=None, now=template["created_at"])
        return {**template, "timeline": stored_timeline(changes)}
    return template


_NAMES = {field.alias: name for name, field in TaskDefinition.model_fields.items() if field.alias}
_REVISION_NAMES = {field.alias: name for name, field in Revision.model_fields.items() if field.alias}


def _definition(definition: Any) -> Any:
    if not isinstance(definition, dict):
        return definition
    return {_NAMES.get(name, name): value for name, value in cast("Record", definition).items()}


def _timeline(record: Record) -> list[Record]:
    entries = cast("list[Record]", record.get("timeline") or [])
    renamed = [{_REVISION_NAMES.get(name, name): value for name, value in entry.items()} for entry in entries]
    return [{**entry, "since": _instant("timeline.since", entry.get("since"))} for entry in renamed]


def _is_readable(cron: str) -> bool:
    try:
        CronExpression.parse(cron)
    except CronError:
        return False
    return True


def _file(file: Record, record: Record, zone: ZoneInfo) -> Record:
    return {
        "task_id": None,
        "filename": file["_id"],
        "category": FileCategory.DOCUMENT.value,
        "storage_uri": "",
        "storage_path": file.get("storage_uri", ""),
        "storage_provider": "unknown",
        "content_type": "application/octet-stream",
        "checksum": "",
        "size_bytes": 0,
        "deleted_at": None,
        **file,
    }


def _artifact(artifact: Record, record: Record, zone: ZoneInfo) -> Record:
    shown_to = artifact.get("visibility") or artifact.get("data_class") or DataClass.INTERNAL.value
    return {
        "status": ArtifactStatus.DRAFT.value,
        "source_type": SourceType.IMPORT.value,
        "storage_provider": provider_of(artifact["storage_uri"]).value,
        "data_class": shown_to,
        "visibility": shown_to,
        "deleted_at": None,
        "version": 1,
        **artifact,
    }


def _as_it_is(document: Record, record: Record, zone: ZoneInfo) -> Record:
    return document


_SHAPES: dict[Entity, Callable[[Record, Record, ZoneInfo], Record]] = {
    Entity.TASKS: _task,
    Entity.BUNDLES: _run,
    Entity.RECURRING_CONFIGS: _config,
    Entity.TEMPLATES: _template,
    Entity.FILES: _file,
    Entity.ARTIFACTS: _artifact,
    Entity.WINDOWS: _as_it_is,
    Entity.HISTORY: _as_it_is,
}
_READ: dict[Entity, type[Model]] = {
    Entity.TASKS: Task,
    Entity.BUNDLES: Bundle,
    Entity.RECURRING_CONFIGS: RecurringConfig,
    Entity.TEMPLATES: Template,
    Entity.FILES: File,
    Entity.ARTIFACTS: Artifact,
    Entity.WINDOWS: WindowRow,
    Entity.HISTORY: HistoryRow,
}


def _as_read(entity: Entity, document: Record) -> Record:
    """As queries read it: what could not be read would break every list of it."""
    read = {**document, "id": document["_id"]}
    if entity is Entity.RECURRING_CONFIGS:
        read |= {"cron_expression": document["timeline"][-1]["cron"], "enabled": document["timeline"][-1]["enabled"]}
    return read


def counts(task: Raw, run: RunDocument | None) -> bool:
    """Whether a task is in the lists: not when it, or the run that it belongs to, was put away."""
    return task.get("deleted_at") is None and (run is None or run["status"] == BundleStatus.ACTIVE)
