"""The scheduler service: it knows how far windows have been published, and nothing else."""

import datetime as dt

from contracts.fields.dates import format_instant
from contracts.values import Service
from services.kit import broker, clock_control, health
from services.kit.clock import Clock
from services.kit.mongo import connection
from services.kit.settings import Settings
from services.scheduler.store import ProgressStore
from services.scheduler.ticker import Ticker

_SILENCE = dt.timedelta(minutes=3)


async def serve(settings: Settings) -> None:
    """Run until cancelled. Raises when MongoDB cannot be used; a broker that is away is waited for."""
    clock = Clock(settings.starts_at)
    async with (
        connection.connect(settings, Service.SCHEDULER) as database,
        broker.connect(settings, Service.SCHEDULER) as nats,
    ):
        client = await nats.connect()
        store = ProgressStore(database)
        ticker = Ticker(client, store, clock=clock, zone=settings.zone, catch_up=settings.catch_up)

        async def database_answers() -> str:
            await store.ping()
            return health.OK

        async def ticks() -> str:
            return _tick_state(ticker.last_tick_at, clock.wall())

        health.serve(nats, Service.SCHEDULER, {"mongodb": database_answers, "tick": ticks}, timezone=settings.timezone)
        if settings.test_control:
            clock_control.follow_test_clock(nats, Service.SCHEDULER, clock)
        await nats.start()
        await ticker.run()


def _tick_state(last: dt.datetime | None, wall: dt.datetime) -> str:
    if last is None:
        return "no tick yet"
    return health.OK if wall - last <= _SILENCE else f"no tick since {format_instant(last, dt.UTC)} UTC"
