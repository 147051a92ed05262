"""How far back the database can look, so that a long export is of one instant."""

from typing import Any

import pytest

from services.kit import mongo
from services.work.stores.snapshots import Snapshots

KEPT = "minSnapshotHistoryWindowInSeconds"


@pytest.mark.requirement("R-EXP-1")
async def test_a_server_that_keeps_little_of_its_past_is_asked_for_more(database: mongo.Database) -> None:
    admin: Any = database.client.admin
    for kept, then in ((300, 1_800), (3_600, 3_600)):
        await admin.command({"setParameter": 1, KEPT: kept})
        await Snapshots(database).prepare()
        assert (await admin.command({"getParameter": 1, KEPT: 1}))[KEPT] == then
    await admin.command({"setParameter": 1, KEPT: 1_800})
