"""What a schedule made can be read after it was paused and archived: tasks, proof, history, notifications, ledger."""

import pytest

from contracts import subjects
from contracts.history import GetTaskHistory, HistoryRow
from contracts.notifications import ListNotifications, Notification
from contracts.recurring import CreateRecurring
from contracts.schedule_rows import ArchiveSchedule, PauseSchedule
from contracts.tasks import AddComment, CompleteTask, Task
from contracts.values import Kind, Outcome
from contracts.windows import ListWindows, WindowRow
from tests.system import System

DUMP = "https://example.org/slack-dump.zip"


async def kept(
    system: System, config_id: str
) -> tuple[list[Task], list[list[HistoryRow]], list[WindowRow], list[Notification]]:
    """Tasks of two days and the history of each, the ledger of the config, and the notifications for everybody."""
    tasks = [task for date in ("2028-02-02", "2028-02-03") for task in await system.tasks_on(date)]
    histories = [(await system.ask(subjects.TASK_HISTORY, GetTaskHistory(id=task.id))).items for task in tasks]
    ledger = await system.ask(subjects.LIST_WINDOWS, ListWindows(kind=Kind.RECURRING, id=config_id))
    notifications = await system.ask(subjects.LIST_NOTIFICATIONS, ListNotifications())
    return tasks, histories, ledger.items, notifications.items


@pytest.mark.requirement("R-PAU-3")
async def test_pause_and_archive_keep_what_was_made(system: System) -> None:
    proof = {"type": "url", "label": "Slack dump"}
    command = CreateRecurring.model_validate(
        {"description": "Slack dump", "cron_expression": "0 9 * * *", "proof_requirement": proof}
    )
    config = await system.ask(subjects.CREATE_RECURRING, command)
    await system.clock_to("2028-02-02 09:00")
    [task] = await system.tasks_on("2028-02-02")
    await system.ask(subjects.ADD_COMMENT, AddComment(id=task.id, actor="olivia", text="The dump takes an hour"))
    await system.ask(subjects.COMPLETE_TASK, CompleteTask(id=task.id, actor="olivia", link=DUMP))
    await system.clock_to("2028-02-03 09:00")
    before = await kept(system, config.id)
    tasks, histories, ledger, notifications = before
    assert [one.link for one in tasks] == [DUMP, None]
    assert "The dump takes an hour" in str(histories[0])
    assert [one.outcome for one in ledger] == [Outcome.GENERATED] * 2
    assert notifications

    schedule = {"kind": Kind.RECURRING, "id": config.id, "actor": "olivia"}
    await system.ask(subjects.PAUSE_SCHEDULE, PauseSchedule.model_validate(schedule))
    await system.ask(subjects.ARCHIVE_SCHEDULE, ArchiveSchedule.model_validate(schedule))
    await system.clock_to("2028-02-03 09:01")
    assert await kept(system, config.id) == before
