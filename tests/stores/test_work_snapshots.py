"""How far back the database can look, so that a long export is of one instant."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from services.kit.mongo.driver import Database, OperationFailure
from services.work.transfer.snapshots import Snapshots

KEPT = "minSnapshotHistoryWindowInSeconds"


@pytest.mark.requirement("R-EXP-1")
async def test_a_server_that_keeps_little_of_its_past_is_asked_for_more(database: Database) -> None:
    admin: Any = database.client.admin
    for kept, then in ((300, 1_800), (3_600, 3_600)):
        await admin.command({"setParameter": 1, KEPT: kept})
        await Snapshots(database).prepare()
        assert (await admin.command({"getParameter": 1, KEPT: 1}))[KEPT] == then
    await admin.command({"setParameter": 1, KEPT: 1_800})


@pytest.mark.parametrize(
    ("refused", "logged"),
    [
        ("getParameter", {"event": "export.history_unknown", "seconds": None}),
        ("setParameter", {"event": "export.history_is_short", "seconds": 300}),
    ],
)
@pytest.mark.requirement("R-EXP-1")
async def test_prepare_logs_what_it_may_not_do(
    database: Database, monkeypatch: pytest.MonkeyPatch, refused: str, logged: dict[str, Any]
) -> None:
    admin: Any = database.client.admin
    await admin.command({"setParameter": 1, KEPT: 300})
    real = type(admin).command

    async def command(self: Any, asked: dict[str, Any], *args: Any, **more: Any) -> Any:
        if refused in asked:
            raise OperationFailure("not authorized on admin", code=13)
        return await real(self, asked, *args, **more)

    monkeypatch.setattr(type(admin), "command", command)
    with capture_logs() as lines:
        await Snapshots(database).prepare()
    monkeypatch.undo()
    await admin.command({"setParameter": 1, KEPT: 1_800})
    assert lines == [logged | {"needed": 1_800, "code": 13, "log_level": "warning"}]
