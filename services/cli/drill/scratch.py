"""A second system beside the one that runs: a broker of its own, databases of its own, nothing that makes windows."""

import datetime as dt
import os
import re
import secrets
from collections.abc import AsyncGenerator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from contracts.values import Service
from services.cli.stack.embedded import start_nats
from services.cli.stack.service import start_service
from services.kit.clock import Clock
from services.kit.mongo import connection
from services.kit.settings import Settings

_OWNERS = (Service.WORK, Service.NOTIFIER)
_MINUTE = "%Y%m%d%H%M"
_KEPT = dt.timedelta(days=1)
_DATABASE = re.compile(r"(?P<prefix>drill_(?:(?P<minute>[0-9]{12})_)?[0-9a-f]{8})_(?:work|notifier|portal)", re.ASCII)


async def drop_abandoned_databases(settings: Settings) -> list[str]:
    """Drop the databases of drills that were killed more than a day ago. Returns their names. Raises PyMongoError."""
    async with connection.connect(settings, Service.PORTAL.value) as database:
        names = await database.client.list_database_names()
        abandoned = abandoned_databases(names, Clock.wall(), own_prefix=settings.mongo_prefix)
        for name in abandoned:
            await database.client.drop_database(name)
    return abandoned


def abandoned_databases(names: Iterable[str], now: dt.datetime, *, own_prefix: str) -> list[str]:
    """Those of ``names`` that a drill made more than a day before ``now``. Older versions wrote no minute into the
    name: whatever their drills left is abandoned. ``own_prefix`` is that of the running system.
    """
    found = [(name, _DATABASE.fullmatch(name)) for name in names]
    return sorted(
        name
        for name, match in found
        if match and match["prefix"] != own_prefix and (match["minute"] is None or _is_old(match["minute"], now))
    )


def _is_old(minute: str, now: dt.datetime) -> bool:
    """False for digits that are no minute: no drill wrote them."""
    try:
        return now - dt.datetime.strptime(minute, _MINUTE).replace(tzinfo=dt.UTC) > _KEPT
    except ValueError:
        return False


@asynccontextmanager
async def scratch_system(settings: Settings, directory: Path) -> AsyncGenerator[Settings]:
    """The settings of an empty system whose owners answer. Its databases are dropped at the end, whatever happened.

    Raises StartError when it does not start, or PyMongoError.
    """
    async with AsyncExitStack() as stack:
        server = await start_nats(directory)
        stack.push_async_callback(server.child.stop)
        scratch = settings.model_copy(
            update={
                "nats_url": SecretStr(server.url),
                "mongo_prefix": f"drill_{Clock.wall():{_MINUTE}}_{secrets.token_hex(4)}",
                "data_dir": directory,
            }
        )
        for name in (*_OWNERS, Service.PORTAL):
            stack.push_async_callback(connection.drop, scratch, name.value)
        for service in _OWNERS:
            log = directory / "logs" / f"{service}.log"
            child = await start_service(service, _environment(scratch), log=log, nats_url=server.url)
            stack.push_async_callback(child.stop)
        yield scratch


def _environment(scratch: Settings) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name != "DATAOPS_METRICS_PORT"}
    return inherited | {
        "DATAOPS_NATS_URL": scratch.nats_url.get_secret_value(),
        "DATAOPS_MONGO_URL": scratch.mongo_url.get_secret_value(),
        "DATAOPS_MONGO_PREFIX": scratch.mongo_prefix,
        "DATAOPS_DATA_DIR": str(scratch.data_dir),
        "DATAOPS_TIMEZONE": scratch.timezone,
        **({"DATAOPS_CLOCK": scratch.clock.isoformat()} if scratch.clock else {}),
    }
