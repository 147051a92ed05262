"""What is said of a field and of an entity: the words in which the table of entities is written."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from contracts.transfer.export_records import Entity
from services.exports import kinds
from services.exports.faults import Level
from services.exports.kinds import Check

V, S = Level.FORMAT, Level.STRICT
"""As in the description of the format: enforced by every validator, or by the stricter one alone."""


@dataclass(frozen=True)
class Field:
    """``level`` is that of ``check`` and of the reference; ``needed`` that of its absence, None where it may be absent.

    ``strictly`` is checked besides, for our own exports.
    """

    check: Check
    level: Level = S
    needed: Level | None = None
    refers_to: Entity | None = None
    strictly: Check | None = None


@dataclass(frozen=True)
class ListedRefs:
    """A field with objects that name records of another entity under ``key``."""

    field: str
    key: str
    refers_to: Entity
    level: Level


@dataclass(frozen=True)
class Shape:
    """What records of an entity look like. ``scanned``: the level of a secret found in one."""

    fields: dict[str, Field]
    listed: tuple[ListedRefs, ...] = ()
    scanned: Level = S

    @cached_property
    def needed(self) -> dict[str, Level]:
        return {name: field.needed for name, field in self.fields.items() if field.needed is not None}

    @cached_property
    def references(self) -> dict[str, tuple[Entity, Level]]:
        """For each field that names a record: of which entity, and how grave it is when there is none."""
        return {name: (one.refers_to, one.level) for name, one in self.fields.items() if one.refers_to is not None}


def text(level: Level = S, needed: Level | None = None) -> Field:
    return Field(kinds.text, level, needed)


def enum(names: Iterable[str], level: Level = S, needed: Level | None = None) -> Field:
    return Field(kinds.OneOf(frozenset(str(one) for one in names)), level, needed)


def ref(entity: Entity, level: Level = V, needed: Level | None = None) -> Field:
    return Field(kinds.text, level, needed, refers_to=entity)


def at(level: Level = V, needed: Level | None = None) -> Field:
    return Field(kinds.timestamp, level, needed, strictly=kinds.instant)
