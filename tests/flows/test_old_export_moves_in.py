"""An export of an earlier system, with what such systems leave behind, moves in."""

from pathlib import Path
from typing import Any

import pytest

from contracts import subjects
from contracts.recurring import GetRecurring
from contracts.tasks import ListTasks
from contracts.transfer.export_records import Entity
from contracts.transfer.imports import ImportVerdict
from contracts.values import TaskStatus
from services.cli.commands.import_export import is_importable, opened_export
from services.exports.validator import validate
from tests.flows.exporting import export, portal_store, take_in
from tests.rules.valid_export import Export
from tests.system import System

OLD = ("window_date", "run_key", "timeline", "version", "role")
"""Fields of ours."""


def old_export(directory: Path) -> Path:
    """Without our fields and files; with dangling ids, duplicates, a cron of another dialect and odd instants."""
    export = Export(producer=None)
    for records in export.records.values():
        for position, record in enumerate(records):
            records[position] = {name: value for name, value in record.items() if name not in OLD}
    del export.records[Entity.WINDOWS], export.records[Entity.HISTORY]
    waiting, done, manual = export.records[Entity.TASKS]
    waiting |= {"assignee_id": "user-grace", "follow_up_at": "2028-02-05T09:00:00+01:00"}
    del waiting["comment"]
    done |= {"completed_by": "portal-admin", "artifact_refs": [{"artifactId": "artifact-1"}, {"artifactId": "gone"}]}
    del manual["link"], manual["source"], manual["updated_at"], manual["completed_at"]
    again: dict[str, Any] = {**waiting, "task_id": "task-0", "created_at": "2028-02-01T10:00:00Z"}
    step = {**done, "task_id": "task-4", "created_at": "2028-02-03"}
    export.records[Entity.TASKS] += [again, step]
    (run,) = export.records[Entity.BUNDLES]
    export.records[Entity.BUNDLES] += [
        {**run, "bundle_id": "bundle-2", "created_at": "2028-02-04T00:00:00Z"},
        {"bundle_id": "bundle-3", "template_id": "gone"},
    ]
    (config,) = export.records[Entity.RECURRING_CONFIGS]
    export.records[Entity.RECURRING_CONFIGS].append(
        {**config, "recurring_config_id": "config-2", "cron_expression": "every day at nine"}
    )
    export.records[Entity.USERS].append({"user_id": "user-3"})
    return export.write(directory)


@pytest.mark.requirement("R-EXP-5")
async def test_an_export_of_the_old_system_moves_in(system: System, tmp_path: Path) -> None:
    directory = old_export(tmp_path / "old")
    report = validate(directory)
    assert not report.valid
    assert is_importable(report)
    tally = await take_in(system, directory)
    assert not tally.reasons
    with opened_export(directory, report) as records:
        assert records.mender is not None
        for entity in records.files:
            list(records.records(entity))
        mended_counts = records.mender.mended_counts
    for what in (
        "tasks: assignee_id user-grace does not exist and was dropped",
        "tasks: completed_by portal-admin does not exist and was dropped",
        "tasks: artifact_refs gone does not exist and was dropped",
        "bundles: template_id gone does not exist and was dropped",
        "tasks: another one has the window; kept as a plain task",
        "tasks: another one is the step of the run; kept as a plain task",
        "bundles: another one is the run of its template for that date; kept beside it",
        "cron_expression every day at nine cannot be read; the schedule arrives paused",
    ):
        assert mended_counts[what], mended_counts

    tasks = {task.id: task for task in (await system.ask(subjects.LIST_TASKS, ListTasks())).items}
    assert len(tasks) == 5
    assert tasks["task-1"].status is TaskStatus.WAITING
    assert tasks["task-3"].status is TaskStatus.DONE
    assert (tasks["task-2"].template_task_ref, tasks["task-4"].template_task_ref) == ("page", None)
    paused = await system.ask(subjects.GET_RECURRING, GetRecurring(id="config-2"))
    assert (paused.enabled, paused.cron_expression) == (False, "every day at nine")
    async with portal_store(system) as store:
        assert {user.email for user in await store.users()} >= {"olivia@example.org", "user-3@imported.invalid"}

    again = await take_in(system, directory)
    assert again.total(ImportVerdict.UNCHANGED) == again.records

    # 2 February was made there already, by hand or not; 3 February opens here.
    await system.clock_to("2028-02-03 12:00")
    dates = [
        task.date.isoformat()
        for task in (await system.ask(subjects.LIST_TASKS, ListTasks())).items
        if task.recurring_config_id == "config-1"
    ]
    assert sorted(dates) == ["2028-02-02", "2028-02-02", "2028-02-03"]
    await export(system, tmp_path / "ours")
    assert [fault.message for fault in validate(tmp_path / "ours").faults.errors] == []
