"""A second system beside the one that runs: a broker of its own, databases of its own, nothing that makes windows."""

import os
import secrets
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from contracts.values import Service
from services.cli.embedded import start_nats
from services.cli.service import start_service
from services.kit import mongo
from services.kit.settings import Settings

_OWNERS = (Service.WORK, Service.NOTIFIER)


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
                "mongo_prefix": f"drill_{secrets.token_hex(4)}",
                "data_dir": directory,
            }
        )
        for name in (*_OWNERS, Service.PORTAL):
            stack.push_async_callback(mongo.drop, scratch, name.value)
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
