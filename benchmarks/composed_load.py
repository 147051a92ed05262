"""Runs inside the composed deployment, as the engineer's user: publishes windows, waits for them, counts what was made.

Reads one order a line from standard input and answers with lines of JSON; see ``composed.py``.
"""

import asyncio
import datetime as dt
import json
import sys
import time
from uuid import uuid4

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError

from contracts.recurring import CreateRecurring
from contracts.subjects import CREATE_RECURRING, FIND_OUTCOMES, LIST_TASKS, Request
from contracts.tasks import ListTasks
from contracts.values import Kind, Model, Outcome, Service, Window
from contracts.windows import FindOutcomes
from services.kit import broker, health
from services.kit.refused import Refused
from services.kit.settings import Settings

DUTIES = 40
RUN = f"Load {uuid4().hex[:8]}"
_ASKED_TOGETHER = 500
_AWAY = (NatsError, TimeoutError, ConnectionError, broker.Unavailable)


def print_message(**what: object) -> None:
    print(json.dumps(what), flush=True)


async def persistently(client: Client, request: Request, body: Model) -> Model:
    """The view, however long the owner or the broker is away."""
    while True:
        try:
            return await broker.ask(client, request, body)
        except (*_AWAY, Refused):
            pass
        await asyncio.sleep(0.2)


async def watch(client: Client) -> None:
    """Say whenever the deployment becomes ready, or stops being it."""
    before = None
    while True:
        ready = all([await is_ready(client, service) for service in Service])
        if ready != before:
            print_message(ready=ready, at=time.time())
        before = ready
        await asyncio.sleep(0.1)


async def is_ready(client: Client, service: Service) -> bool:
    try:
        return json.loads((await client.request(health.subject(service), timeout=1.0)).data)["ready"]
    except _AWAY:
        return False


async def publish(client: Client, windows: list[Window]) -> None:
    """Every window is stored when this returns; one that was sent twice is the broker's to notice."""
    stream, left = client.jetstream(), list(windows)
    while left:
        sent = [
            stream.publish(one.subject, b'{"trigger": "backfill"}', headers={"Nats-Msg-Id": one.id}) for one in left
        ]
        results = await asyncio.gather(*sent, return_exceptions=True)
        left = [one for one, result in zip(left, results, strict=True) if isinstance(result, Exception)]


async def made(client: Client, windows: list[Window]) -> None:
    """Return when the ledger says of each that it was generated."""
    for start in range(0, len(windows), _ASKED_TOGETHER):
        ids = [one.id for one in windows[start : start + _ASKED_TOGETHER]]
        while True:
            view = await persistently(client, FIND_OUTCOMES, FindOutcomes(windows=ids))
            if [view.outcomes.get(id) for id in ids] == [Outcome.GENERATED] * len(ids):
                break
            await asyncio.sleep(0.1)


async def tasks_on(client: Client, date: dt.date) -> int:
    count, after = 0, None
    while True:
        page = await persistently(client, LIST_TASKS, ListTasks(date=date, after=after))
        count += sum(one.description.startswith(RUN) for one in page.items)
        after = page.after
        if after is None:
            return count


async def main() -> None:
    client = await nats.connect(
        Settings().nats_url.get_secret_value(), max_reconnect_attempts=-1, reconnect_time_wait=0.2, error_cb=quiet
    )
    duties = [
        await persistently(
            client, CREATE_RECURRING, CreateRecurring(description=f"{RUN} {n}", cron_expression="0 0 * * *")
        )
        for n in range(DUTIES)
    ]
    watching = asyncio.create_task(watch(client))
    print_message(duties=len(duties))
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while order := (await reader.readline()).decode().split():
        first, days = dt.date.fromisoformat(order[0]), int(order[1])
        dates = [first + dt.timedelta(days=n) for n in range(days)]
        windows = [Window(kind=Kind.RECURRING, source_id=one.id, date=date) for date in dates for one in duties]
        print_message(publishing=len(windows))
        await publish(client, windows)
        print_message(published=len(windows), at=time.time())
        await made(client, windows)
        print_message(made_at=time.time())
        print_message(windows=len(windows), tasks=sum([await tasks_on(client, date) for date in dates]))
    watching.cancel()


async def quiet(_: Exception) -> None: ...


asyncio.run(main())
