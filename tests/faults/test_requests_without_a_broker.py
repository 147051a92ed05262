"""Who is told that nobody answers may rely on it: what was asked is not carried out when the broker is back."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from contracts.recurring import DeleteRecurring
from contracts.subjects import DELETE_RECURRING, Done, Nothing
from services.cli.stack.embedded import start_nats
from services.cli.stack.ports import LOCALHOST
from services.kit import broker
from services.kit.unavailable import Unavailable
from tests.system import eventually

MORE_THAN_A_CLIENT_KEEPS = 40
"""Of commands with 100 kB each; it keeps 2 MiB of what it could not send."""


@asynccontextmanager
async def reconnecting(url: str) -> AsyncGenerator[Client]:
    async def on_error(_: Exception) -> None:
        """The broker's death is expected."""

    client = await nats.connect(
        url, max_reconnect_attempts=-1, reconnect_time_wait=0.05, connect_timeout=0.5, error_cb=on_error
    )
    try:
        yield client
    finally:
        await client.close()


async def stay_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        await reader.read()
    finally:
        writer.close()


async def errors_of(asker: Client) -> set[type[object]]:
    brief = replace(DELETE_RECURRING, timeout=0.2)
    commands = [DeleteRecurring(id=f"{number:0100000}") for number in range(MORE_THAN_A_CLIENT_KEEPS)]
    answers = await asyncio.gather(*(broker.ask(asker, brief, one) for one in commands), return_exceptions=True)
    return {type(one) for one in answers}


@pytest.mark.requirement("R-REL-4")
@pytest.mark.filterwarnings(
    "ignore:.*StreamWriter:pytest.PytestUnraisableExceptionWarning"
)  # nats-py closes no failed one
async def test_no_command_is_carried_out_after_its_asker_was_told_that_nobody_answers(tmp_path: Path) -> None:
    server = await start_nats(tmp_path)
    taken: list[str] = []

    async def is_connecting() -> bool:
        return asker.is_connecting

    async def delete(message: Msg) -> None:
        taken.append(DeleteRecurring.model_validate_json(message.data).id)
        await message.respond(Done(view=Nothing()).model_dump_json().encode())

    async with reconnecting(server.url) as owner, reconnecting(server.url) as asker:
        await owner.subscribe(DELETE_RECURRING.subject, cb=delete)
        server.child.process.kill()
        await server.child.process.wait()
        assert await errors_of(asker) == {Unavailable}, "nobody is there"
        async with await asyncio.start_server(stay_silent, LOCALHOST, server.port):
            await eventually(is_connecting)
            assert await errors_of(asker) == {Unavailable}, "somebody is there, who says nothing"

        again = await start_nats(tmp_path, server.port)

        async def is_answered() -> bool:
            try:
                await broker.ask(asker, DELETE_RECURRING, DeleteRecurring(id="now"))
            except Unavailable:  # the owner is not back yet
                return False
            return True

        await eventually(is_answered)
        assert taken == ["now"]
    await again.child.stop()

    with pytest.raises(Unavailable):
        await broker.ask(asker, DELETE_RECURRING, DeleteRecurring(id="on a closed connection"))
