"""The portal: pages and JSON for people and their scripts, signals for open pages."""

import asyncio
import socket
from collections.abc import Callable
from functools import partial

import structlog
from faststream.nats import NatsBroker

from contracts.values import Service
from services.kit import broker as kit_broker
from services.kit import clock_control, health
from services.kit.clock import Clock
from services.kit.mongo import connection
from services.kit.settings import Settings
from services.portal import routes
from services.portal.auth.cookies import Cookies
from services.portal.auth.sign_ins import SignIns
from services.portal.exports.exporter import Exporter
from services.portal.exports.jobs import Exports
from services.portal.exports.spools import remove_abandoned_spools
from services.portal.files.sweep import UploadSweep, sweeping
from services.portal.files.uploads import MB
from services.portal.http.answers import Answers
from services.portal.http.assets import Assets
from services.portal.http.edge import Edge
from services.portal.http.hosts import known_hosts
from services.portal.http.rendering import Renderer
from services.portal.http.server import bind, listening
from services.portal.live import Live
from services.portal.owners import Owners
from services.portal.schedules.long_generations import LongGenerations
from services.portal.store import PortalStore

_log = structlog.get_logger(__name__)
_WORK_ANSWERS_WITHIN = 2.0
_PATIENCE_SECONDS = 2.5
"""Longer than work looks at its own database, and less than a client of the portal waits."""


async def serve(settings: Settings, *, on_ready: Callable[[int], None] = lambda _: None) -> None:
    """Run until cancelled. ``on_ready`` learns the port once requests are answered, which matters for port 0.

    Raises StartError for a port that is taken, NotDurable and PyMongoError for a database that will not do.
    """
    with bind(settings.portal_host, settings.portal_port) as bound:
        async with connection.connect(settings, "portal") as database, kit_broker.connect(settings, "portal") as broker:
            await _serve(settings, bound, PortalStore(database), broker, on_ready)


async def _serve(
    settings: Settings, bound: socket.socket, store: PortalStore, broker: NatsBroker, on_ready: Callable[[int], None]
) -> None:
    clock, live, serving = Clock(settings.starts_at), Live(), asyncio.Event()
    await store.prepare()
    for name in await asyncio.to_thread(remove_abandoned_spools):
        _log.info("export.spool_removed", directory=name)
    live.subscribe(broker)
    checks: dict[str, health.Check] = {
        "mongodb": partial(_check_store, store),
        "indexes": partial(_check_indexes, store),
        "work": partial(_check_work, broker),
        "listening": partial(_check_listening, serving),
    }
    sweep = UploadSweep()
    health.serve(
        broker,
        Service.PORTAL,
        checks,
        timezone=settings.timezone,
        patience=_PATIENCE_SECONDS,
        warnings=sweep.warnings,
    )
    if settings.test_control:
        clock_control.follow_test_clock(broker, Service.PORTAL, clock)
    await broker.start()
    owners = Owners(lambda: broker.connection)
    generations = LongGenerations(owners, store)
    exports = Exports(Exporter(owners, store, settings, clock), store)
    app = application(settings, clock, store, owners, live, generations, exports, sweep)
    try:
        serving_http = listening(
            app,
            bound,
            trusted_proxies=settings.trusted_proxies,
            keep_alive=settings.keep_alive_seconds,
            before_stop=live.close,
        )
        async with serving_http, sweeping(store.bytes, owners, sweep):
            serving.set()
            on_ready(bound.getsockname()[1])
            await asyncio.Event().wait()
    finally:
        await generations.stop()
        await exports.stop()


def application(
    settings: Settings,
    clock: Clock,
    store: PortalStore,
    owners: Owners,
    live: Live,
    generations: LongGenerations,
    exports: Exports,
    sweep: UploadSweep,
) -> Edge:
    assets, jar, sign_ins = Assets(), Cookies(settings.secure_cookies), SignIns(store)
    renderer = Renderer(assets, settings.timezone)
    answers = Answers(renderer)
    app = routes.build(
        answers,
        assets=assets,
        clock=clock,
        jar=jar,
        live=live,
        generations=generations,
        exports=exports,
        owners=owners,
        renderer=renderer,
        settings=settings,
        sign_ins=sign_ins,
        store=store,
        sweep=sweep,
    )
    largest = settings.upload_mb * MB
    return Edge(
        app,
        sign_ins=sign_ins,
        answers=answers,
        cookie=jar.session,
        hosts=known_hosts(settings),
        largest_upload=largest,
    )


async def _check_store(store: PortalStore) -> str:
    await store.ping()
    return health.OK


async def _check_indexes(store: PortalStore) -> str:
    missing = await store.missing_indexes()
    return f"missing: {', '.join(missing)}; restart the portal to create them" if missing else health.OK


async def _check_work(broker: NatsBroker) -> str:
    await broker.connection.request(health.subject(Service.WORK), timeout=_WORK_ANSWERS_WITHIN)
    return health.OK


async def _check_listening(serving: asyncio.Event) -> str:
    return health.OK if serving.is_set() else "not yet"
