"""Which fields of stored documents no `documents.py` declares."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_type_hints, is_typeddict

from contracts.values import Service
from services.cli.stored_documents import collections
from services.kit.mongo import connection
from services.kit.settings import Settings
from services.work.runs.documents import LinkDocument
from services.work.schedules.documents import PhaseDocument, ReferenceDocument, StepDocument

KEPT_WHOLE = {LinkDocument, PhaseDocument, ReferenceDocument, StepDocument}
"""Parts in which clients may store fields of their own."""


async def undeclared_fields(settings: Settings) -> list[str]:
    """``service.collection.field`` of everything that is stored now, of inner documents too."""
    found: set[str] = set()
    for service in Service:
        async with connection.connect(settings, service) as database:
            for name in await database.list_collection_names():
                place, document = f"{service}.{name}", collections()[service].get(name)
                if document is None:
                    found.add(place)
                else:
                    found.update(
                        [field async for one in database[name].find() for field in _undeclared(place, document, one)]
                    )
    return sorted(found)


def _undeclared(place: str, document: type, stored: Mapping[str, Any]) -> Iterator[str]:
    hints = get_type_hints(document)
    for name, value in stored.items():
        if name not in hints:
            if document not in KEPT_WHOLE:
                yield f"{place}.{name}"
            continue
        for inner in _documents_in(hints[name]):
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict):
                    yield from _undeclared(f"{place}.{name}", inner, one)


def _documents_in(hint: Any) -> Iterator[type]:
    if is_typeddict(hint):
        yield hint
    for one in get_args(hint):
        yield from _documents_in(one)
