"""The restore drill: everything comes back beside the running system, and nothing of it stays."""

import datetime as dt
import secrets
from pathlib import Path

import pytest

from contracts import subjects
from contracts.duties import CreateStandardDuties
from contracts.generation import Generate
from contracts.transfer.export_records import Entity
from contracts.values import calendar_date
from services.cli.commands import restore_drill
from services.cli.drill.checks import difference
from services.kit.clock import Clock
from services.kit.mongo import connection
from services.kit.start_error import StartError
from tests.rules.valid_export import AT, Export
from tests.system import System


async def databases(system: System) -> set[str]:
    async with connection.connect(system.settings, "work") as database:
        return set(await database.client.list_database_names())


@pytest.mark.requirement("R-EXP-5")
async def test_everything_comes_back_beside_the_running_system_and_nothing_of_it_stays(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    await system.ask(subjects.CREATE_STANDARD_DUTIES, CreateStandardDuties(operations_id="nobody"))
    first, last = calendar_date("2028-01-28"), calendar_date("2028-02-02")
    await system.ask(subjects.GENERATE, Generate(start_date=first, end_date=last))
    before = await databases(system)

    steps = await restore_drill.drill(system.settings)
    assert [(step.what, step.passed) for step in steps] == [(name, True) for name in restore_drill.STEPS], steps
    assert "Home shows 9 schedules" in steps[4].found
    assert await databases(system) - before <= {f"{system.settings.mongo_prefix}_portal"}

    def nowhere(*_: object) -> None:
        raise StartError("No bundled nats-server is installed.")

    monkeypatch.setattr(restore_drill, "scratch_system", nowhere)
    failed = (await restore_drill.drill(system.settings))[-1]
    assert (failed.what, failed.passed) == ("start a scratch system", False)
    assert failed.found == "No bundled nats-server is installed."


@pytest.mark.requirement("R-EXP-5")
async def test_drill_drops_what_a_killed_one_left_a_day_ago(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    now, tag = Clock.wall(), secrets.token_hex(4)
    killed, lately = (f"drill_{now - age:%Y%m%d%H%M}_{tag}" for age in (dt.timedelta(days=2), dt.timedelta(hours=1)))
    older = f"drill_{tag}"
    left = [f"{prefix}_{name}" for prefix in (killed, older, lately) for name in ("work", "notifier", "portal")]
    async with connection.connect(system.settings, "portal") as database:
        for name in left:
            await database.client[name].tasks.insert_one({"_id": "left"})

        def nowhere(*_: object) -> None:
            raise StartError("No bundled nats-server is installed.")

        monkeypatch.setattr(restore_drill, "scratch_system", nowhere)
        before = await databases(system)
        await restore_drill.drill(system.settings)
        assert before - await databases(system) == {name for name in left if lately not in name}
        for name in left:
            await database.client.drop_database(name)


def test_two_exports_are_compared_to_the_byte(tmp_path: Path) -> None:
    first, second = Export(), Export()
    second.manifest |= {"generated_at": AT, "source_environment": "drill", "redaction_counts": {}}
    assert difference(first.write(tmp_path / "1"), second.write(tmp_path / "2")) is None
    second.manifest["skipped_references"] = []
    assert difference(tmp_path / "1", second.write(tmp_path / "3")) == "the manifests differ in skipped_references"
    second.records[Entity.TASKS][0]["comment"] = "Other"
    assert difference(tmp_path / "1", second.write(tmp_path / "4")) == "tasks.jsonl differs"
