"""The pipeline of a window without its rules, as a process: ``python -m benchmarks.ceiling``.

It pulls, inserts a task and a ledger row for each message, sends one event a batch and acknowledges, on a stream and
a database of its own that are made like those of work. The documents are those that work wrote last, under new ids,
so both write the same bytes to the same indexes. Nothing is read, decided, validated or logged.
"""

import asyncio
import json
from typing import Any

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, StreamConfig

from services.kit.mongo import connection
from services.kit.mongo.driver import Database
from services.kit.mongo.indexes import create_indexes
from services.kit.mongo.writing import insert_each
from services.kit.settings import Settings
from services.work.app import INDEXES

STREAM, CONSUMER = "CEILING", "ceiling"
SUBJECT = "ceiling.window.due"
FINISHED = "ceiling.finished"
READY = "ceiling.ready"
_DATABASE = "ceiling"
_BATCH = 500


async def prepare(stream: JetStreamContext, like: StreamConfig, consumer: ConsumerConfig) -> None:
    """Make stream and consumer with the settings of work's own."""
    await stream.add_stream(like.evolve(name=STREAM, subjects=[f"{SUBJECT}.>"]))
    await stream.add_consumer(
        STREAM,
        ConsumerConfig(
            durable_name=CONSUMER,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=consumer.ack_wait,
            max_ack_pending=consumer.max_ack_pending,
            max_deliver=consumer.max_deliver,
            filter_subject=f"{SUBJECT}.>",
        ),
    )


async def _serve(settings: Settings) -> None:
    client = await nats.connect(settings.nats_url.get_secret_value())
    async with connection.connect(settings, "work") as work, connection.connect(settings, _DATABASE) as database:
        await create_indexes(database, INDEXES)
        task, row = await work.tasks.find_one(), await work.windows.find_one()

        async def ready(message: Msg) -> None:
            await message.respond(b"")

        await client.subscribe(READY, cb=ready)
        subscription = await client.jetstream().pull_subscribe_bind(CONSUMER, STREAM)
        while True:
            try:
                messages = await subscription.fetch(_BATCH, timeout=5)
            except TimeoutError:
                continue
            await _handle(client, database, messages, task, row)


async def _handle(
    client: Client, database: Database, messages: list[Msg], task: dict[str, Any], row: dict[str, Any]
) -> None:
    named = [(message.subject, *message.subject.rsplit(".", 2)[1:]) for message in messages]
    tasks = [{**task, "_id": id, "recurring_config_id": config, "window_date": date} for id, config, date in named]
    rows = [{**row, "_id": id, "source_id": config, "date": date, "item_id": id} for id, config, date in named]
    await insert_each(database.tasks, tasks)
    await insert_each(database.windows, rows)
    await client.publish(FINISHED, json.dumps({"windows": [{"id": id} for id, _, _ in named]}).encode())
    for message in messages:
        await message.ack()


if __name__ == "__main__":
    asyncio.run(_serve(Settings()))
