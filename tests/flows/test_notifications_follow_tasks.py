"""Notifications follow the state of tasks: raised when due, renewed when later, gone when the cause is gone."""

from collections.abc import Awaitable, Callable

import pytest

from contracts import subjects
from contracts.generation import Generate
from contracts.notifications import DismissAllNotifications, DismissNotification, ListNotifications, Notification
from contracts.recurring import CreateRecurring
from contracts.tasks import (
    CompleteTask,
    FindTodo,
    MarkWaiting,
    ReceiveResponse,
    ReopenTask,
    TaskChanges,
    UndoChange,
    UpdateTask,
)
from contracts.values import Service, TaskStatus, calendar_date
from services.notifier.app import serve
from tests.support.scheduler import background
from tests.system import System, eventually


async def listed(system: System, user_id: str | None = None) -> list[Notification]:
    return (await system.ask(subjects.LIST_NOTIFICATIONS, ListNotifications(user_id=user_id))).items


async def types(system: System, user_id: str | None = None) -> list[str]:
    return [one.type for one in await listed(system, user_id)]


async def duty(system: System, **fields: str) -> None:
    created = CreateRecurring(description="Handle Slack invites", cron_expression="0 9 2 2 *", **fields)
    await system.ask(subjects.CREATE_RECURRING, created)


@pytest.mark.requirement("R-NOT-1")
async def test_an_undone_task_is_told_at_one_three_and_seven_days_one_at_a_time(system: System) -> None:
    await duty(system)
    await system.clock_to("2028-02-02 09:00")
    assert await types(system) == ["recurring-due"]

    messages: dict[int, list[str]] = {}
    for days in range(1, 9):
        await system.clock_to(f"2028-02-{2 + days:02} 09:00")
        messages[days] = [one.message for one in await listed(system)]

    once, thrice, seven = (
        ["Handle Slack invites is overdue: it was due on Wed 2 Feb 2028"],
        ["Handle Slack invites is overdue by 3 days or more: it was due on Wed 2 Feb 2028"],
        ["Handle Slack invites is overdue by 7 days or more: it was due on Wed 2 Feb 2028"],
    )
    assert messages == {1: once, 2: once, 3: thrice, 4: thrice, 5: thrice, 6: thrice, 7: seven, 8: seven}


@pytest.mark.requirement("R-NOT-4")
@pytest.mark.parametrize("day", ["02", "05"], ids=["due", "overdue"])
async def test_when_the_task_is_done_its_notification_resolves_by_itself(system: System, day: str) -> None:
    await duty(system)
    await system.clock_to("2028-02-02 09:00")
    if day != "02":
        await system.clock_to(f"2028-02-{day} 09:00")
    assert len(await listed(system)) == 1

    [task] = await system.tasks_on("2028-02-02")
    asked = FindTodo(ids=["deleted", task.id])
    assert (await system.ask(subjects.FIND_TODO, asked)).ids == [task.id]
    await system.ask(subjects.COMPLETE_TASK, CompleteTask(id=task.id, actor="valeria"))

    assert (await system.ask(subjects.FIND_TODO, asked)).ids == []
    assert await listed(system) == []


@pytest.mark.requirement("R-NOT-4")
async def test_dismissing_is_for_one_user_and_changes_nothing_of_the_work(system: System) -> None:
    await duty(system)
    await system.clock_to("2028-02-02 09:00")
    [notification] = await listed(system, "valeria")
    before = await system.home()

    dismissed = await system.ask(
        subjects.DISMISS_NOTIFICATION, DismissNotification(id=notification.id, actor="valeria")
    )

    assert dismissed.dismissed
    assert await listed(system, "valeria") == []
    assert [one.id for one in await listed(system, "grace")] == [notification.id]
    assert (await system.ask(subjects.DISMISS_ALL, DismissAllNotifications(actor="grace"))).count == 1
    after = await system.home()
    assert after.model_dump(exclude={"now", "last_tick_at"}) == before.model_dump(exclude={"now", "last_tick_at"})


async def test_dismissing_what_is_not_there_is_refused_in_the_words_that_clients_know(system: System) -> None:
    refused = await system.refused(subjects.DISMISS_NOTIFICATION, DismissNotification(id="nothing", actor="valeria"))

    assert (refused.code, refused.message) == ("not_found", "Notification not found")


@pytest.mark.requirement("R-NOT-1")
@pytest.mark.requirement("R-REL-2")
async def test_two_notifiers_raise_each_cause_once(system: System) -> None:
    async with background(serve(system.settings)):
        for number in range(20):
            created = CreateRecurring(description=f"Duty {number}", cron_expression="0 9 2 2 *")
            await system.ask(subjects.CREATE_RECURRING, created)
        await system.clock_to("2028-02-02 09:00")
        await system.clock_to("2028-02-04 09:00")

        async def all_are_notified() -> bool:
            return len(await listed(system)) == 20

        await eventually(all_are_notified)
        assert set(await types(system)) == {"task-overdue"}


@pytest.mark.requirement("R-NOT-1")
async def test_what_became_due_while_the_notifier_was_away_is_told_on_return(system: System) -> None:
    await duty(system)
    await system.clock_to("2028-02-02 09:00")
    await system.stop(Service.NOTIFIER)
    await system.clock_to("2028-02-03 09:00")
    system.settings = system.settings.model_copy(update={"clock": (await system.home()).now})
    await system.start(Service.NOTIFIER)

    assert await types(system) == ["task-overdue"]


async def undo(system: System, task_id: str) -> None:
    await system.ask(subjects.COMPLETE_TASK, CompleteTask(id=task_id, actor="valeria"))
    assert await listed(system) == []
    await system.ask(subjects.UNDO_CHANGE, UndoChange(id=task_id, actor="valeria"))


async def reopen(system: System, task_id: str) -> None:
    await system.ask(subjects.COMPLETE_TASK, CompleteTask(id=task_id, actor="valeria"))
    assert await listed(system) == []
    await system.ask(subjects.REOPEN_TASK, ReopenTask(id=task_id, actor="grace"))


async def archive_and_restore(system: System, task_id: str) -> None:
    await system.ask(subjects.UPDATE_TASK, UpdateTask(id=task_id, changes=TaskChanges(status=TaskStatus.ARCHIVED)))
    assert await listed(system) == []
    await system.ask(subjects.UPDATE_TASK, UpdateTask(id=task_id, changes=TaskChanges(status=TaskStatus.TODO)))


async def wait_and_be_answered(system: System, task_id: str) -> None:
    waiting = MarkWaiting(id=task_id, waiting_for="the bank", follow_up_at="2028-02-20", note="asked")
    await system.ask(subjects.MARK_WAITING, waiting)
    assert await listed(system) == []
    await system.ask(subjects.RECEIVE_RESPONSE, ReceiveResponse(id=task_id))


@pytest.mark.requirement("R-NOT-1")
@pytest.mark.parametrize("day", ["02", "03", "05", "10"], ids=["due", "overdue", "by 3 days", "by 7 days"])
@pytest.mark.parametrize("detour", [undo, reopen, archive_and_restore, wait_and_be_answered])
async def test_notification_returns_when_its_task_comes_back(
    system: System, day: str, detour: Callable[[System, str], Awaitable[None]]
) -> None:
    await duty(system)
    await system.clock_to("2028-02-02 09:00")
    if day != "02":
        await system.clock_to(f"2028-02-{day} 09:00")
    [first] = await listed(system, "valeria")
    await system.ask(subjects.DISMISS_ALL, DismissAllNotifications(actor="valeria"))
    [task] = await system.tasks_on("2028-02-02")

    await detour(system, task.id)

    [again] = await listed(system, "valeria")
    assert (again.id, again.type) == (first.id, "recurring-due" if day == "02" else "task-overdue")


@pytest.mark.requirement("R-NOT-1")
async def test_what_was_backfilled_is_not_announced_when_it_comes_back(system: System) -> None:
    """Nothing was announced of it, so nothing returns."""
    await duty(system)
    await system.clock_to("2028-02-02 08:30")
    day = calendar_date("2028-02-02")
    await system.ask(subjects.GENERATE, Generate(start_date=day, end_date=day))
    [task] = await system.tasks_on("2028-02-02")
    assert await listed(system) == []
    await reopen(system, task.id)
    assert await listed(system) == []
