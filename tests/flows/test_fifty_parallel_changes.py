"""Many people at one task at once: whatever was accepted is kept, and it is completed once."""

import asyncio
import datetime as dt
from collections import Counter
from dataclasses import replace

import pytest

from contracts import subjects
from contracts.history import GetTaskHistory
from contracts.runs import ArchiveBundle, CreateBundle
from contracts.subjects import Request
from contracts.tasks import AddComment, CompleteTask, CreateTask, SendFollowUp
from contracts.values import TaskStatus
from services.kit import broker
from services.kit.refused import Refused
from tests.system import RequestT, System, ViewT

WAITING = {"status": "waiting", "waiting_for": "Acme", "follow_up_at": "2028-02-04", "comment": "Mailed Ada"}


async def waiting_task(system: System) -> str:
    new = CreateTask.model_validate({"description": "Ask for the logo", "date": dt.date(2028, 3, 1), **WAITING})
    return (await system.ask(subjects.CREATE_TASK, new)).task.id


async def kinds(system: System, id: str) -> Counter[str]:
    page = await system.ask(subjects.TASK_HISTORY, GetTaskHistory(id=id))
    return Counter(row.kind for row in page.items)


def patient(request: Request[RequestT, ViewT]) -> Request[RequestT, ViewT]:
    """Fifty changes of one document may take longer than a person waits, and a late one is not carried out."""
    return replace(request, timeout=60.0)


@pytest.mark.requirement("R-TSK-1")
async def test_fifty_follow_ups_and_comments_at_once_are_all_kept(system: System) -> None:
    id = await waiting_task(system)
    commenting, following_up = patient(subjects.ADD_COMMENT), patient(subjects.SEND_FOLLOW_UP)
    comments = [system.ask(commenting, AddComment(id=id, text=f"comment {n}.")) for n in range(25)]
    follow_ups = [
        system.ask(following_up, SendFollowUp(id=id, follow_up_at="2028-02-09", note=f"follow-up {n}."))
        for n in range(25)
    ]
    await asyncio.gather(*(one for pair in zip(comments, follow_ups, strict=True) for one in pair))
    row = await system.ask(subjects.ADD_COMMENT, AddComment(id=id, text="the last"))
    text = row.task.comment or ""
    for n in range(25):
        assert text.count(f"] comment {n}.") == text.count(f": follow-up {n}.") == 1
    assert len(text.splitlines()) == 52
    assert row.task.version == 52
    assert await kinds(system, id) == {"task.created": 1, "task.commented": 26, "task.follow_up_sent": 25}


@pytest.mark.requirement("R-TSK-1")
async def test_of_many_completions_among_them_one_counts(system: System) -> None:
    id = await waiting_task(system)

    async def follow_up(n: int) -> bool:
        command = SendFollowUp(id=id, follow_up_at="2028-02-09", note=f"follow-up {n}.")
        try:
            await system.ask(patient(subjects.SEND_FOLLOW_UP), command)
        except Refused as error:
            if (error.refusal.code, str(error)) != ("conflict", "This task is not waiting for anyone"):
                raise
            return False
        return True

    async def complete(n: int) -> bool:
        row = await system.ask(patient(subjects.COMPLETE_TASK), CompleteTask(id=id, actor=f"person-{n}"))
        assert row.task.status is TaskStatus.DONE
        return row.task.completed_by == f"person-{n}"

    async def comment(n: int) -> bool:
        await system.ask(patient(subjects.ADD_COMMENT), AddComment(id=id, text=f"comment {n}."))
        return True

    done = await asyncio.gather(*(act(n) for n in range(17) for act in (follow_up, comment, complete)))
    follow_ups, comments, completions = done[0::3], done[1::3], done[2::3]
    assert completions.count(True) == 1
    counted = await kinds(system, id)
    assert counted == {
        "task.created": 1,
        "task.completed": 1,
        "task.commented": len(comments),
        **({"task.follow_up_sent": follow_ups.count(True)} if any(follow_ups) else {}),
    }


@pytest.mark.requirement("R-BUN-1")
async def test_a_task_that_joins_a_run_in_the_instant_of_its_archiving_is_not_left_behind(system: System) -> None:
    """Whichever comes first: an archived run has no task that counts."""
    for number in range(10):
        new_run = CreateBundle(title=f"Meetup {number}", anchor_date=dt.date(2028, 3, 1))
        run = (await system.ask(subjects.CREATE_BUNDLE, new_run)).bundle.id
        late = CreateTask(description="Order the cake", date=dt.date(2028, 2, 1), bundle_id=run)
        joining = [broker.ask(system.client, subjects.CREATE_TASK, late) for _ in range(4)]
        archiving = broker.ask(system.client, subjects.ARCHIVE_BUNDLE, ArchiveBundle(id=run))
        await asyncio.gather(*joining[:2], archiving, *joining[2:])
        assert (await system.home()).overdue.count == 0
