"""Single faults, to be injected into an export that is valid otherwise, and the records they go into."""

import copy
from collections.abc import Callable
from typing import Any, NamedTuple

from contracts.transfer.export_records import Entity
from tests.rules.valid_export import Export, Record

GONE = object()


class Mutation(NamedTuple):
    """``place``: the entity and the position of the record; ``path``: the field to change, and within it.

    A function as ``value`` changes the records of the entity as a whole; then ``line`` says which one is at fault.
    """

    place: tuple[Entity, int]
    path: str
    value: object
    reason: str
    field: str | None = None
    line: int | None = None

    @property
    def at_line(self) -> int:
        return self.line or self.place[1] + 1

    @property
    def label(self) -> str:
        value = "" if callable(self.value) else f"={str(self.value)[:20]}"
        return f"{self.place[0]}[{self.place[1]}].{self.path}{value}: {self.reason[:40]}"

    def apply(self, export: Export) -> None:
        entity, position = self.place
        if callable(self.value):
            self.value(export.records[entity])
            return
        owner: Any = export.records[entity][position]
        *steps, last = [int(step) if step.isdigit() else step for step in self.path.split("/")]
        for step in steps:
            owner = owner[step]
        if self.value is GONE:
            del owner[last]
        else:
            owner[last] = self.value


WAITING, DONE, MANUAL = (Entity.TASKS, 0), (Entity.TASKS, 1), (Entity.TASKS, 2)
USER, OTHER_USER = (Entity.USERS, 0), (Entity.USERS, 1)
BUNDLE, TEMPLATE, CONFIG = (Entity.BUNDLES, 0), (Entity.TEMPLATES, 0), (Entity.RECURRING_CONFIGS, 0)
FILE, ARTIFACT, JOB = (Entity.FILES, 0), (Entity.ARTIFACTS, 0), (Entity.ASSISTANT_JOBS, 0)
EVENT, FOLLOW_UP, RECURRING_DUE = (Entity.AUDIT_EVENTS, 0), (Entity.NOTIFICATIONS, 0), (Entity.NOTIFICATIONS, 1)
STAGE_CHANGE, WINDOW = (Entity.NOTIFICATIONS, 2), (Entity.WINDOWS, 0)
EVERY = (USER, WAITING, BUNDLE, TEMPLATE, CONFIG, FILE, ARTIFACT, JOB, EVENT, FOLLOW_UP)


def twice(position: int = 0, **changes: object) -> Callable[[list[Record]], None]:
    """A record once more, at the end of its file."""
    return lambda records: records.append({**copy.deepcopy(records[position]), **changes})


def about_nothing(kind: str) -> Callable[[list[Record]], None]:
    def change(records: list[Record]) -> None:
        del records[2]["bundle_id"], records[2]["template_id"]
        records[2]["notification_type"] = kind

    return change


def missing(place: tuple[Entity, int], field: str) -> Mutation:
    return Mutation(place, field, GONE, f"missing required string field {field}", field)


DEFINITION = "task_definitions/0"
