"""An engineer exports from the terminal: a whole directory or none, and nobody else's files are touched."""

import os
from pathlib import Path

import pytest

from contracts import subjects
from contracts.recurring import CreateRecurring
from contracts.values import Service
from services.exports.validator import validate
from services.portal.auth.access import Role
from tests.api.people import add_person
from tests.flows.commands import Ended, assert_refused, dataops
from tests.system import System


async def export(system: System, target: Path) -> Ended:
    return await dataops(system.settings, "export", str(target))


@pytest.fixture(autouse=True)
def same_databases(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAOPS_MONGO_PREFIX", system.settings.mongo_prefix)
    monkeypatch.setenv("DATAOPS_ENV", "rehearsal")


@pytest.mark.requirement("R-EXP-1")
async def test_an_export_is_there_whole_and_replaces_the_one_before(system: System, tmp_path: Path) -> None:
    await add_person(system.settings, "admin@example.org", "Adrian Admin", Role.ADMIN)
    await system.ask(subjects.CREATE_RECURRING, CreateRecurring(description="Invites", cron_expression="0 9 * * *"))
    await system.clock_to("2028-02-02 09:00")
    target = tmp_path / "out"
    target.mkdir()
    ended = await export(system, target)
    assert (ended.code, ended.complained) == (0, "")
    assert ended.said.startswith(f"Exported to {target}: 1 users, 1 tasks, 1 recurring configs")
    report = validate(target)
    assert report.faults.errors == []
    assert report.manifest is not None
    assert report.manifest["source_environment"] == "rehearsal"
    assert report.manifest["generated_at"].startswith("2028-02-02T08:00:")

    await system.ask(subjects.CREATE_RECURRING, CreateRecurring(description="Reports", cron_expression="0 9 * * *"))
    assert (await export(system, target)).code == 0
    assert validate(target).counts["recurring_configs"] == 2
    assert os.listdir(tmp_path) == ["out"]


@pytest.mark.requirement("R-EXP-1")
async def test_a_failed_export_leaves_what_was_there(system: System, tmp_path: Path) -> None:
    target = tmp_path / "out"
    assert (await export(system, target)).code == 0
    before = (target / "manifest.json").read_bytes()
    await system.stop(Service.NOTIFIER)
    await assert_refused(system.settings, "export", str(target), complaint="notifier does not answer")
    assert (target / "manifest.json").read_bytes() == before
    await assert_refused(system.settings, "export", str(tmp_path / "new"), complaint="notifier does not answer")
    assert os.listdir(tmp_path) == ["out"]


@pytest.mark.requirement("R-EXP-1")
async def test_a_directory_of_something_else_is_refused(system: System, tmp_path: Path) -> None:
    (tmp_path / "tasks.jsonl").write_text("my notes")
    complaint = "holds files that are not from an export"
    await assert_refused(system.settings, "export", str(tmp_path), complaint=complaint)
    assert (tmp_path / "tasks.jsonl").read_text() == "my notes"
