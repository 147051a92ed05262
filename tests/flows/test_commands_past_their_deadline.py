"""A command whose sender has given up is not carried out, and one that waits holds up no other."""

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from contracts import subjects
from contracts.tasks import AddComment, CreateTask, GetTask
from contracts.values import Service
from services.kit import broker, deadlines
from services.kit.clock import Clock
from services.kit.unavailable import Unavailable
from tests.system import System

IMPATIENT = replace(subjects.ADD_COMMENT, timeout=1.0)


async def new_task(system: System) -> str:
    new = CreateTask(description="Order the cake", date=dt.date(2028, 3, 1))
    return (await system.ask(subjects.CREATE_TASK, new)).task.id


@asynccontextmanager
async def held(system: System, task_id: str) -> AsyncGenerator[None]:
    """The transaction of a writer that does not go on holds a task."""
    url = system.settings.mongo_url.get_secret_value()
    async with AsyncMongoClient[dict[str, Any]](url) as client, client.start_session() as dead:
        await dead.start_transaction()
        tasks = client[f"{system.settings.mongo_prefix}_work"].tasks
        await tasks.update_one({"_id": task_id}, {"$set": {"held": True}}, session=dead)
        yield
        await dead.abort_transaction()


@pytest.mark.requirement("R-REL-4")
async def test_comments_behind_a_waiting_one_are_answered(idle: System) -> None:
    await idle.start(Service.WORK)
    waiting, *others = [await new_task(idle) for _ in range(6)]
    async with held(idle, waiting):
        first = asyncio.create_task(broker.ask(idle.client, IMPATIENT, AddComment(id=waiting, text="held")))
        await asyncio.gather(*(idle.ask(subjects.ADD_COMMENT, AddComment(id=id, text="free")) for id in others))
        with pytest.raises(Unavailable) as silent:
            await first
        assert not silent.value.nothing_done
    row = await idle.ask(subjects.ADD_COMMENT, AddComment(id=waiting, text="after"))
    assert "held" not in (row.task.comment or "")
    assert (row.task.version, (await idle.ask(subjects.GET_TASK, GetTask(id=waiting))).version) == (2, 2)


@pytest.mark.requirement("R-REL-4")
async def test_command_that_arrives_late_is_refused_and_not_done(idle: System) -> None:
    await idle.start(Service.WORK)
    id = await new_task(idle)
    late = deadlines.header_of(Clock.wall() - dt.timedelta(milliseconds=1))
    body = broker.encode(AddComment(id=id, text="late"))
    message = await idle.client.request(subjects.ADD_COMMENT.subject, body, timeout=5, headers=late)
    reply = subjects.ADD_COMMENT.reply(message.data)
    assert (reply.status, getattr(reply, "code", "")) == ("refused", "too_late")
    assert (await idle.ask(subjects.GET_TASK, GetTask(id=id))).comment is None


@pytest.mark.requirement("R-REL-4")
async def test_request_that_no_service_took_is_known_undone(idle: System) -> None:
    with pytest.raises(Unavailable) as silent:
        await broker.ask(idle.client, subjects.ADD_COMMENT, AddComment(id="a", text="nobody is there"))
    assert silent.value.nothing_done
