"""A portal's database is restored on a new stack before the import: no upload goes, and people are told."""

import datetime as dt
from uuid import uuid4

import pytest

from contracts.values import Service
from services.cli.commands.doctor import _service
from services.kit import health
from services.kit.clock import Clock
from services.kit.mongo import connection
from services.portal.auth.access import Role
from tests.api.people import add_person, browser_of
from tests.flows.exporting import portal_store
from tests.system import System, eventually

DAY = dt.timedelta(days=1)


@pytest.mark.requirement("R-EXP-5")
@pytest.mark.parametrize(("unnamed_days", "kept", "shown"), [(None, 25, False), (29, 25, False), (31, 25, True)])
async def test_portal_keeps_and_tells_of_unnamed_uploads(
    system: System, unnamed_days: int | None, kept: int, shown: bool
) -> None:
    """The notes are those of an earlier version when no sweep has looked at them."""
    now = Clock.wall()
    async with portal_store(system) as store:
        admin = await add_person(system.settings, "admin@example.org", "Adrian Admin", Role.ADMIN)
        for _ in range(kept):
            writing = await store.bytes.begin(str(uuid4()))
            await writing.write(b"x")
            await writing.finish()
        if unnamed_days is not None:
            await store.bytes.note_sweep(now)
    async with connection.connect(system.settings, Service.PORTAL) as database:
        marks = {} if unnamed_days is None else {"offered": True, "unnamed_since": now - unnamed_days * DAY}
        change = {"$set": {"at": now - 40 * DAY, **marks}} | ({} if marks else {"$unset": {"offered": 1}})
        await database["uploads_noted"].update_many({}, change)
        await system.start(Service.PORTAL)

        async def has_swept() -> bool:
            found = await database["sweeps"].find_one({"_id": "uploads"})
            return found is not None and found["at"] > now

        await eventually(has_swept)
        assert await database["uploads.files"].count_documents({}) == kept
    async with browser_of(system.portal_url, admin) as browser:
        assert ("25 uploaded files without a record" in (await browser.get("/")).text) == shown
    reply = await system.client.request(health.subject(Service.PORTAL), b"", timeout=5)
    answer = health.Health.model_validate_json(reply.data)
    findings = {finding.what: finding for finding in _service(Service.PORTAL, answer)}
    assert ("portal: uploads" in findings) == shown
    assert not shown or "import the export" in (findings["portal: uploads"].remedy or "")
