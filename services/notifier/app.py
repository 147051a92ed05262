"""The notifier service: it tells people what needs them, from what work recorded."""

from contracts.subjects import (
    COUNT_UNREAD,
    DISMISS_ALL,
    DISMISS_NOTIFICATION,
    EXPORT_NOTIFICATIONS,
    IMPORT_NOTIFICATIONS,
    LIST_NOTIFICATIONS,
)
from contracts.values import Service
from services.kit import broker, clock_control, health
from services.kit.clock import Clock
from services.kit.mongo import connection
from services.kit.mongo.indexes import create_indexes, missing_indexes
from services.kit.settings import Settings
from services.notifier.commands import Commands
from services.notifier.exporting import Exporting
from services.notifier.importing import Importing
from services.notifier.listeners import Listener
from services.notifier.queries import Queries
from services.notifier.reader import HistoryReader
from services.notifier.store import INDEXES, NotificationStore
from services.notifier.sweeps import Sweeper


async def serve(settings: Settings) -> None:
    """Run until cancelled. Raises when MongoDB cannot be used; a broker that is away is waited for."""
    clock = Clock(settings.starts_at)
    async with (
        connection.connect(settings, Service.NOTIFIER) as database,
        broker.connect(settings, Service.NOTIFIER) as nats,
    ):
        client = await nats.connect()
        store = NotificationStore(database)
        await create_indexes(database, INDEXES)
        reader = HistoryReader(client, store)
        sweeper = Sweeper(client, store, clock)
        listener = Listener(reader, sweeper)
        queries = Queries(store, reader, sweeper)
        commands = Commands(store, queries)

        async def database_answers() -> str:
            await store.ping()
            return health.OK

        async def indexes_are_there() -> str:
            missing = await missing_indexes(database, INDEXES)
            return f"missing: {', '.join(missing)}; restart the notifier to create them" if missing else health.OK

        async def history_is_read() -> str:
            return listener.state

        listener.subscribe(nats)
        broker.answer(nats, LIST_NOTIFICATIONS, queries.list)
        broker.answer(nats, COUNT_UNREAD, queries.unread)
        broker.answer(nats, DISMISS_NOTIFICATION, commands.dismiss)
        broker.answer(nats, DISMISS_ALL, commands.dismiss_all)
        broker.answer(nats, EXPORT_NOTIFICATIONS, Exporting(client, store).notifications)
        broker.answer(nats, IMPORT_NOTIFICATIONS, Importing(store).notifications)
        health.serve(
            nats,
            Service.NOTIFIER,
            {"mongodb": database_answers, "indexes": indexes_are_there, "history": history_is_read},
            timezone=settings.timezone,
        )
        if settings.test_control:
            clock_control.follow_test_clock(nats, Service.NOTIFIER, clock)
        await nats.start()
        await listener.run()
