"""Stored search keys: what typed text is compared with. Every write of a task, a run or a file stores them, and the
keys of documents that an earlier version wrote are made after a start, beside the work."""

import re
from collections.abc import Sequence
from typing import TypedDict, cast

from contracts.fields.lenient import Raw
from contracts.fields.search import search_key, search_words
from services.kit.mongo.driver import ASCENDING, AsyncCollection, Database, DocumentT, Query, UpdateOne

TEXTS = {"tasks": "description", "bundles": "title", "files": None}
"""By collection, the field that people search; the tags of each are compared too."""
_BATCH = 1_000


class SearchFields(TypedDict, total=False):
    """The keys that are stored beside what people search."""

    search_text: str
    search_tags: list[str]


class _Searched(SearchFields):
    """What all that is searched has."""

    _id: str


def search_fields(collection: str, document: Raw) -> SearchFields:
    """``search_text`` and ``search_tags`` of a document; a stored oddity in their place counts as nothing."""
    name = TEXTS[collection]
    text, tags = document.get(name) if name else None, document.get("tags")
    fields: SearchFields = {}
    if isinstance(text, str):
        fields["search_text"] = search_key(text)
    if isinstance(tags, list):
        fields["search_tags"] = [search_key(tag) for tag in cast("list[object]", tags) if isinstance(tag, str)]
    return fields


def with_search_fields(collection: str, document: DocumentT) -> DocumentT:
    """The same document with its own keys, and no others."""
    kept = {name: value for name, value in document.items() if name not in ("search_text", "search_tags")}
    return cast("DocumentT", {**kept, **search_fields(collection, document)})


def containing(text: str) -> Query:
    """A query for documents whose text contains every word of ``text``; for all when it has none."""
    words = [{"search_text": {"$regex": re.escape(word)}} for word in search_words(text)]
    return {"$and": words} if words else {}


def tagged(tag: str) -> Query:
    return {"search_tags": search_key(tag)}


def key_updates(collection: str, documents: Sequence[Raw]) -> list[UpdateOne]:
    """An update for each of the documents whose keys differ; it finds nothing once the text or the tags changed."""
    return [
        UpdateOne(
            {"_id": one["_id"], **{name: {"$eq": one.get(name)} for name in _sources(collection)}}, {"$set": keys}
        )
        for one in documents
        if not (keys := search_fields(collection, one)).items() <= one.items()
    ]


def _sources(collection: str) -> list[str]:
    return [name for name in (TEXTS[collection], "tags") if name is not None]


class SearchKeys:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def build(self) -> int:
        """Write the keys that are absent, stale, or made by another rule; returns how many documents changed. Reads
        everything, as a worker of an earlier version may have written beside a newer one. What changes meanwhile is
        left to its writer."""
        return sum([await self._build(collection) for collection in TEXTS])

    async def _build(self, name: str) -> int:
        collection: AsyncCollection[_Searched] = self._database[name]
        after, changed = "", 0
        while True:
            found = collection.find({"_id": {"$gt": after}}, [*_sources(name), "search_text", "search_tags"])
            batch = await found.sort("_id", ASCENDING).limit(_BATCH).to_list(_BATCH)
            if not batch:
                return changed
            if updates := key_updates(name, batch):
                changed += (await collection.bulk_write(updates, ordered=False)).modified_count
            after = batch[-1]["_id"]
