"""What a stored schedule says: its timeline, and the config or template that it holds, also when it is odd."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from pydantic import ValidationError

from contracts.duties import KeptWhole, Phase, Reference, TaskDefinition
from contracts.fields.lenient import Raw, fault, faults, read
from contracts.recurring import RecurringConfig
from contracts.schedules import Revision, Schedule
from contracts.subjects import reply_size
from contracts.templates import Template
from contracts.values import FIRST_INSTANT, LAST_INSTANT, Kind
from services.work.schedules import messages
from services.work.schedules.documents import RevisionDocument
from services.work.schedules.timeline import Timeline, in_force

_LISTS: dict[str, type[KeptWhole]] = {
    "task_definitions": TaskDefinition,
    "phases": Phase,
    "references": Reference,
    "bundle_link_definitions": Reference,
}
TITLE_FIELDS = {Kind.RECURRING: "description", Kind.TEMPLATE: "name"}


@dataclass(frozen=True)
class Unreadable:
    """What is stored makes no definition; ``fault`` says which field and why."""

    fault: str


@dataclass(frozen=True)
class Source:
    """A schedule with the definition of what it makes."""

    schedule: Schedule
    definition: RecurringConfig | Template | Unreadable

    @cached_property
    def size(self) -> int:
        """Roughly its bytes in a reply."""
        if isinstance(self.definition, Unreadable):
            return len(self.definition.fault.encode())
        return reply_size(self.definition)


def stored_timeline(timeline: Timeline) -> list[RevisionDocument]:
    return [cast("RevisionDocument", revision.model_dump(exclude_none=True)) for revision in timeline]


def timeline_of(document: Raw) -> tuple[Revision, ...]:
    """A revision that cannot be read has a cron that cannot be read either: its windows fail in sight."""
    if "timeline" not in document:
        return ()
    stored: object = document["timeline"]
    if not isinstance(stored, list) or not stored:
        return (_unreadable("timeline", document),)
    return tuple(_revision(entry, document) for entry in cast("list[object]", stored))


def _revision(entry: object, document: Raw) -> Revision:
    if not isinstance(entry, dict):
        return _unreadable("timeline", document)
    try:
        return Revision.model_validate(entry)
    except ValidationError as error:
        stand_ins = {"since": _created_at(document), "cron": ""}
        readable = read(Revision, cast("Raw", entry), stand_ins)
        return readable.model_copy(update={"cron": _no_cron(error.errors()[0]["loc"][0])})


def _unreadable(field: str, document: Raw) -> Revision:
    return Revision(since=_created_at(document), cron=_no_cron(field))


def _no_cron(field: object) -> str:
    """Five words, and no cron."""
    return messages.unreadable(field)


def _created_at(document: Raw) -> dt.datetime:
    return _instant(document.get("created_at")) or FIRST_INSTANT


def _instant(stored: object) -> dt.datetime | None:
    return stored if isinstance(stored, dt.datetime) and FIRST_INSTANT <= stored <= LAST_INSTANT else None


def title_of(kind: Kind, document: Raw) -> str:
    title = document.get(TITLE_FIELDS[kind])
    return title if isinstance(title, str) else messages.without_title(kind, TITLE_FIELDS[kind])


def schedule_of(kind: Kind, document: Raw) -> Schedule:
    values = {
        "kind": kind,
        "source_id": document["_id"],
        "title": title_of(kind, document),
        "created_at": _created_at(document),
        "changed_at": _instant(document.get("changed_at")) or FIRST_INSTANT,
        "timeline": document.get("timeline", []),
        "deleted": document.get("deleted_at") is not None,
        "imported_at": _instant(document.get("imported_at")),
    }
    try:
        if not values["timeline"]:
            return Schedule.model_validate(values | {"timeline": timeline_of(document)})
        return Schedule.model_validate(values)
    except ValidationError:  # one by one, with something in place of what cannot be read
        return Schedule.model_validate(values | {"timeline": timeline_of(document)})


def source_of(kind: Kind, document: Raw, now: dt.datetime) -> Source:
    schedule = schedule_of(kind, document)
    try:
        if kind is Kind.RECURRING:
            definition = RecurringConfig.model_validate(
                _config_values(document, in_force(schedule.timeline or (_unreadable("timeline", document),), now))
            )
        else:
            definition = Template.model_validate(_template_values(document))
    except ValidationError as error:
        definition = Unreadable(fault(error))
    return Source(schedule, definition)


def config_of(document: Raw, now: dt.datetime) -> RecurringConfig:
    """The config as clients see it, as far as it can be read: cron and enabled are those of the revision in force."""
    timeline = timeline_of(document) or (_unreadable("timeline", document),)
    values = _config_values(document, in_force(timeline, now))
    try:
        return RecurringConfig.model_validate(values)
    except ValidationError as error:
        stand_ins = {"description": title_of(Kind.RECURRING, document)}
        return read(RecurringConfig, {**values, "unreadable": faults(error)}, stand_ins)


def template_of(document: Raw) -> Template:
    """The template as clients see it, as far as it can be read."""
    values = _template_values(document)
    try:
        return Template.model_validate(values)
    except ValidationError as error:
        stand_ins: Raw = {"name": title_of(Kind.TEMPLATE, document), "type": "", "task_definitions": []}
        items = {name: _items(model, values[name]) for name, model in _LISTS.items() if name in values}
        return read(Template, {**values, **items, "unreadable": faults(error)}, stand_ins)


def _items(model: type[KeptWhole], stored: object) -> object:
    """Each as far as it can be read, so that saving the others again loses none; no list stays what it is."""
    if not isinstance(stored, list):
        return stored
    items = cast("list[object]", stored)
    objects = [cast("Raw", item if isinstance(item, dict) else {}) for item in items]
    return [read(model, one, _stand_ins(f"unreadable-{place}")) for place, one in enumerate(objects, start=1)]


def _stand_ins(mark: str) -> Raw:
    """``mark`` tells an item apart from the others of its list."""
    return {"ref_id": mark, "id": mark, "name": mark, "description": "", "offset_days": 0}


def _config_values(document: Raw, current: Revision) -> Raw:
    ours = {"id": document["_id"], "cron_expression": current.cron, "enabled": current.enabled, "unreadable": None}
    return {**document, **ours}


def _template_values(document: Raw) -> Raw:
    return {**document, "id": document["_id"], "unreadable": None}
