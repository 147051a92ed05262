"""What is kept of the records read so far: ids and what rules about other records ask for, never the records."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from contracts.transfer.export_records import Entity
from services.exports.checks.fields import Record, is_absent, wrong
from services.exports.faults import Level, Problem, quoted

S = Level.STRICT


class Known:
    """Fed with every record in the order of its file."""

    def __init__(self) -> None:
        self.ids: dict[Entity, set[str]] = {entity: set() for entity in Entity}
        self.counts: dict[Entity, int] = {}
        self.template_of_bundle: dict[str, Any] = {}
        self.tasks_with_file: set[str] = set()
        self.approved: dict[str, set[str]] = {"artifact_id": set(), "task_id": set(), "bundle_id": set()}
        self._taken: defaultdict[str, set[str]] = defaultdict(set)
        self._last_id = ""

    def begin(self) -> None:
        """Another file."""
        self._last_id = ""

    def learn(self, entity: Entity, record: Record) -> Iterator[Problem]:
        """What is wrong with its id, and what another record has that only one may have."""
        yield from self._identify(entity, record)
        yield from self._claim(entity, record)
        match entity:
            case Entity.BUNDLES:
                self.template_of_bundle[_text(record, "bundle_id")] = record.get("template_id")
            case Entity.FILES:
                self.tasks_with_file.add(_text(record, "task_id"))
            case Entity.ARTIFACTS if record.get("status") == "approved":
                for name, ids in self.approved.items():
                    ids.add(_text(record, name))
            case _:
                pass

    def _identify(self, entity: Entity, record: Record) -> Iterator[Problem]:
        name = entity.id_field
        id = record.get(name)
        if not isinstance(id, str) or is_absent(id):
            return
        if id in self.ids[entity]:
            yield Problem(name, f"duplicate {name}: {quoted(id)}")
        elif id < self._last_id:
            yield wrong(name, "must be in the order of the ids", S)
        self.ids[entity].add(id)
        self._last_id = id

    def _claim(self, entity: Entity, record: Record) -> Iterator[Problem]:
        for field, others in _UNIQUE.get(entity, ()):
            values = [_text(record, name) for name in (field, *others)]
            if entity is Entity.NOTIFICATIONS and record.get("notification_type") != "follow-up-due":
                continue
            if not all(values):
                continue
            key, claimed = "\n".join(values), self._taken[f"{entity}.{field}"]
            if field == "email":
                key = key.casefold()
            if key in claimed:
                what = " and ".join((field, *others))
                yield wrong(field, f"is given twice: another record has the same {what}", S)
            claimed.add(key)


_UNIQUE: dict[Entity, tuple[tuple[str, tuple[str, ...]], ...]] = {
    Entity.USERS: (("email", ()),),
    Entity.TASKS: (("window_date", ("recurring_config_id",)), ("template_task_ref", ("bundle_id",))),
    # Only the run of a window, or the first one by hand, has the key of its template and anchor date.
    Entity.BUNDLES: (("run_key", ()),),
    Entity.NOTIFICATIONS: (("due_at", ("task_id",)),),
}


def _text(record: Record, name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""
