"""No stored record keeps the others from being exported, however it is stored; the manifest names it."""

import datetime as dt
import math
from pathlib import Path
from typing import Any

import pytest
from bson import Binary, Decimal128, ObjectId, Regex
from bson.datetime_ms import DatetimeMS

from contracts import subjects
from contracts.duties import CreateStandardDuties
from contracts.tasks import CreateTask
from contracts.transfer.export_records import UNREADABLE, Entity
from contracts.values import Service
from services.exports.validator import validate
from services.kit.mongo import connection
from services.kit.mongo.driver import DuplicateKeyError
from services.portal.auth.access import Role
from services.work.transfer.snapshots import COLLECTIONS
from tests.api.people import add_person
from tests.flows.exporting import bodies, export, portal_store
from tests.support.exports import DEEP
from tests.system import System

DEEP_ENOUGH = [DEEP[0]]  # what BSON can hold
ODD: dict[str, Any] = {
    "null": None,
    "number": 7,
    "not-a-number": math.nan,
    "text": "garbage",
    "empty": "",
    "list": ["x", 7, None, {"y": 1}],
    "object": {"x": [{"y": None}]},
    "object-id": ObjectId("0123456789abcdef01234567"),
    "decimal": Decimal128("1.5"),
    "bytes": Binary(b"\xff\x00"),
    "pattern": Regex("x"),
    "year-12000": DatetimeMS(316_516_032_000_000),
    "year-1": dt.datetime(1, 1, 1, tzinfo=dt.UTC),
}
UNIQUE = ("run_key", "window_date", "template_task_ref", "cause", "email")
"""Fields of which an index takes no two."""
PLACES = [
    *((Service.WORK, entity, name) for entity, name in COLLECTIONS.items()),
    (Service.NOTIFIER, Entity.NOTIFICATIONS, "notifications"),
    (Service.PORTAL, Entity.USERS, "users"),
]


async def store_oddities(system: System) -> dict[Entity, int]:
    """A copy of a stored document for each of its fields without it, and with each oddity in it. How many there are,
    by entity; those that an index refuses cannot be stored."""
    stored: dict[Entity, int] = {}
    for service, entity, name in PLACES:
        async with connection.connect(system.settings, service) as database:
            collection: Any = database[name]
            sample = await collection.find_one({})
            assert sample is not None, name
            sample = {key: value for key, value in sample.items() if key not in UNIQUE}
            stored[entity] = 0
            for field in sorted({*sample, *(entity.fields & {"status", "date", "tags", "artifact_refs"})} - {"_id"}):
                without = {key: value for key, value in sample.items() if key != field}
                copies = [without, *({**sample, field: value} for value in ODD.values())]
                for number, copy in enumerate(copies):
                    try:
                        id = f"odd-{field}-{number:02}"
                        own = {"email": f"{id}@example.org"} if entity is Entity.USERS else {}
                        await collection.insert_one({**copy, **own, "_id": id})
                    except DuplicateKeyError:
                        continue
                    stored[entity] += 1
            for id in (7, ObjectId(), "", {"a": 1}):
                try:
                    await collection.insert_one({**sample, "_id": id})
                except DuplicateKeyError:
                    continue
                stored[entity] += 1
    return stored


async def fill(system: System) -> None:
    """One document or more in every collection."""
    async with portal_store(system):  # with its indexes
        admin = await add_person(system.settings, "admin@example.org", "Adrian Admin", Role.ADMIN)
    await system.ask(subjects.CREATE_STANDARD_DUTIES, CreateStandardDuties(operations_id=admin.id, actor=admin.id))
    await system.clock_to("2028-02-08 12:00")
    new = CreateTask.model_validate({"description": "Ask", "date": dt.date(2028, 2, 2), "actor": admin.id})
    task = (await system.ask(subjects.CREATE_TASK, new)).task
    at = dt.datetime(2028, 2, 2, tzinfo=dt.UTC)
    stamps = {"created_at": at, "updated_at": at, "deleted_at": None}
    async with connection.connect(system.settings, Service.WORK) as database:
        file: Any = {"_id": "f1", "task_id": task.id, "filename": "a.pdf", "category": "document", "size_bytes": 1}
        await database["files"].insert_one(file | {"storage_uri": "gridfs://files/f1", "checksum": "sha256:0"} | stamps)
        artifact = {
            "_id": "a1",
            "type": "report",
            "title": "Report",
            "storage_uri": "https://example.org",
            "status": "draft",
        }
        await database["artifacts"].insert_one(
            artifact | {"storage_provider": "external-url", "task_id": task.id} | stamps
        )


@pytest.mark.requirement("R-EXP-1")
async def test_export_takes_every_stored_oddity(system: System, tmp_path: Path) -> None:
    await fill(system)
    stored = await store_oddities(system)
    manifest = await export(system, tmp_path / "export")
    report = validate(tmp_path / "export")
    assert [fault.message for fault in report.faults.errors] == []
    for entity, number in stored.items():
        assert manifest.odd_record_counts[entity] >= 4, entity
        assert manifest.entity_counts[entity] >= number - 4, entity
    assert any("were stored in a way that the format cannot say" in fault.message for fault in report.faults.warnings)
    tasks = bodies(tmp_path / "export")["tasks.jsonl"].decode()
    assert '"task_id":"odd-status-00"' in tasks
    assert UNREADABLE in tasks
    named = {(one.entity, one.id): one for one in manifest.odd_records}
    assert named["tasks", "odd-status-00"].fields == {"status": "missing required string field status"}
    assert named["tasks", "int 7"].left_out
