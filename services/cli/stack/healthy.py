"""The health check of a container: ``python -m services.cli.stack.healthy SERVICE``, silent when all is well.

A module of its own, because it runs every half minute: it loads no more than it needs.
"""

import asyncio
import sys

import nats
from nats.errors import Error as NatsError

from contracts.values import Service, inbox_of
from services.kit import health
from services.kit.settings import Settings

_ANSWERS_WITHIN = 4.0


async def fault_of(settings: Settings, service: Service) -> str | None:
    """What is wrong with the instance on this machine, or in this container; None when it is ready."""
    try:
        client = await nats.connect(
            settings.nats_url.get_secret_value(),
            inbox_prefix=inbox_of(service),
            allow_reconnect=False,
            connect_timeout=2,
            error_cb=_quiet,
        )
    except (NatsError, OSError, TimeoutError) as error:
        return f"NATS cannot be reached: {error}"
    try:
        reply = await client.request(health.own_subject(service), timeout=_ANSWERS_WITHIN)
    except NatsError as error:
        return f"{service} does not answer here: {error}"
    finally:
        await client.close()
    found = health.Health.model_validate_json(reply.data)
    return None if found.ready else ", ".join(f"{name}: {state}" for name, state in found.checks.items())


async def _quiet(_: Exception) -> None:
    """What the connection reports is also raised."""


if __name__ == "__main__":
    sys.exit(asyncio.run(fault_of(Settings(), Service(sys.argv[1]))))
