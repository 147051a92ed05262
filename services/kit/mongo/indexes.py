"""Indexes: what a store declares, made and compared at the start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from services.kit.mongo.driver import ASCENDING, DESCENDING, Database, OperationFailure, Query, Row

_DEFINED_OTHERWISE = {85, 86}
"""IndexOptionsConflict and IndexKeySpecsConflict."""
_NOTHING_TO_DROP = {26, 27}
"""NamespaceNotFound and IndexNotFound."""


@dataclass(frozen=True)
class Index:
    """An index that a store cannot do without. ``options`` are the server's, such as ``unique``."""

    collection: str
    name: str
    keys: tuple[str, ...]
    options: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def directions(self) -> list[tuple[str, int]]:
        """A key that begins with a minus is descending."""
        return [(key.lstrip("-"), DESCENDING if key.startswith("-") else ASCENDING) for key in self.keys]


def only_with(*fields: str, **values: object) -> Query:
    """Options of an index that leaves documents without these fields and values alone; a sparse one takes in each that
    has any of its keys."""
    return {"partialFilterExpression": values | {field: {"$exists": True} for field in fields}}


async def create_indexes(
    database: Database, indexes: Sequence[Index], *, retired: Sequence[tuple[str, str]] = ()
) -> None:
    """Create those that are not there, and drop the ``retired`` ones of earlier versions, by collection and name.

    One that an earlier version defined otherwise is built again, unless it is
    unique: then OperationFailure, for without it writers would undo what it guards."""
    for index in indexes:
        try:
            await _create(database, index)
        except OperationFailure as error:
            if error.code not in _DEFINED_OTHERWISE or index.options.get("unique"):
                raise
            await _drop(database, index.collection, index.name)
            await _create(database, index)
    for collection, name in retired:
        await _drop(database, collection, name)


async def _create(database: Database, index: Index) -> None:
    await database[index.collection].create_index(index.directions, name=index.name, **cast("Row", index.options))


async def _drop(database: Database, collection: str, name: str) -> None:
    """No harm when there is none."""
    try:
        await database[collection].drop_index(name)
    except OperationFailure as error:
        if error.code not in _NOTHING_TO_DROP:
            raise


async def missing_indexes(database: Database, indexes: Sequence[Index]) -> list[str]:
    """``collection.name`` of each that somebody dropped."""
    present: set[str] = set()
    for collection in {index.collection for index in indexes}:
        present |= {f"{collection}.{name}" for name in await database[collection].index_information()}
    return [name for index in indexes if (name := f"{index.collection}.{index.name}") not in present]
