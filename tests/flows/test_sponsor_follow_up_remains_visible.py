"""A task that waits for a sponsor stays in sight until they answer, whatever its own due date."""

import datetime as dt
from typing import Any

import pytest

from contracts import subjects
from contracts.history import GetTaskHistory
from contracts.home import Home
from contracts.tasks import CreateTask, MarkWaiting, ReceiveResponse, SendFollowUp, SnoozeFollowUp
from contracts.values import TaskStatus
from tests.system import System


def titles(home: Home, section: str) -> list[str]:
    return [row.task.description for row in getattr(home, section).rows]


@pytest.mark.requirement("R-TSK-2")
@pytest.mark.requirement("R-TSK-3")
@pytest.mark.requirement("R-HOM-3")
async def test_sponsor_follow_up_remains_visible(system: System) -> None:
    new = CreateTask(description="Ask for the logo", date=dt.date(2028, 3, 1), actor="olivia")
    task = (await system.ask(subjects.CREATE_TASK, new)).task
    waiting = MarkWaiting(id=task.id, waiting_for="Acme", follow_up_at="2028-02-04", note="Mailed Ada", actor="olivia")
    await system.ask(subjects.MARK_WAITING, waiting)
    home = await system.home()
    assert (titles(home, "waiting"), titles(home, "follow_ups_due")) == (["Ask for the logo"], [])

    await system.clock_to("2028-02-04 00:00")
    home = await system.home()
    assert (titles(home, "waiting"), titles(home, "follow_ups_due")) == ([], ["Ask for the logo"])
    assert home.overdue.count == 0
    assert home.due_today.count == 0

    sent = SendFollowUp(id=task.id, follow_up_at="2028-02-07T12:00:00Z", channel="email", note="Again", actor="ben")
    row = await system.ask(subjects.SEND_FOLLOW_UP, sent)
    assert (row.task.status, row.task.waiting_for) == (TaskStatus.WAITING, "Acme")
    assert titles(await system.home(), "waiting") == ["Ask for the logo"]
    later = SnoozeFollowUp(id=task.id, follow_up_at="2028-02-08", reason="They are away", actor="ben")
    await system.ask(subjects.SNOOZE_FOLLOW_UP, later)
    await system.clock_to("2028-02-07 12:00")
    assert titles(await system.home(), "waiting") == ["Ask for the logo"]

    await system.clock_to("2028-02-08 09:30")
    assert titles(await system.home(), "follow_ups_due") == ["Ask for the logo"]
    answered = ReceiveResponse(id=task.id, note="Logo came", actor="olivia")
    row = await system.ask(subjects.RECEIVE_RESPONSE, answered)
    assert row.task.status is TaskStatus.TODO
    lines = [line.partition("] ") for line in (row.task.comment or "").splitlines()]
    assert [text for _, _, text in lines] == [
        "Waiting for Acme; next follow-up 2028-02-04: Mailed Ada",
        "Follow-up sent; next follow-up 2028-02-07T12:00:00Z (email): Again",
        "Snoozed; next follow-up 2028-02-08: They are away",
        "Response received: Logo came",
    ]
    assert [stamp[:11] for stamp, _, _ in lines] == ["[2028-02-02", "[2028-02-04", "[2028-02-04", "[2028-02-08"]
    assert titles(await system.home(), "waiting") == titles(await system.home(), "follow_ups_due") == []

    history = (await system.ask(subjects.TASK_HISTORY, GetTaskHistory(id=task.id))).items
    assert [(one.kind, one.actor) for one in history] == [
        ("task.created", "olivia"),
        ("task.waiting", "olivia"),
        ("task.follow_up_sent", "ben"),
        ("task.snoozed", "ben"),
        ("task.response_received", "olivia"),
    ]
    follow_up = history[2].data
    assert (follow_up["channel"], follow_up["note"]) == ("email", "Again")
    changes: Any = follow_up["changes"]
    assert changes["followUpAt"] == {"from": "2028-02-04", "to": "2028-02-07T12:00:00Z"}


@pytest.mark.requirement("R-HOM-3")
async def test_long_stories_do_not_keep_home_from_being_shown(system: System) -> None:
    for n in range(60):
        new = CreateTask(description=f"Task {n}", date=dt.date(2028, 2, 1), comment="y" * 49_000 + f"end {n}")
        await system.ask(subjects.CREATE_TASK, new)
    home = await system.home()
    assert (home.overdue.count, len(home.overdue.rows)) == (60, 50)
    assert {len(row.task.comment or "") for row in home.overdue.rows} == {500}
    assert all(
        (row.task.comment or "").endswith(row.task.description.replace("Task", "end")) for row in home.overdue.rows
    )
