"""Readiness over the broker: who asks ``dataops.health.<service>`` learns what that service waits for."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pydantic import Field

from contracts.values import Instant, Model, Service
from services.kit import zone_data
from services.kit.clock import Clock
from services.kit.redaction.shortening import shorten
from services.kit.redaction.text import redact

if TYPE_CHECKING:  # a command that asks needs no framework
    from faststream.nats import NatsBroker

Check = Callable[[], Awaitable[str]]
OK = "ok"
_PATIENCE_SECONDS = 1.5
"""Less than any asker waits, so that a frozen database is named instead of its service."""


class Health(Model):
    """``checks`` maps what was looked at to "ok" or to what is wrong with it.

    ``timezone`` and ``zone_data`` are what the service computes dates with: two services that differ disagree on dates.
    ``at`` is the time of its machine, which deadlines are measured by. ``warnings`` keep nobody from using the service.
    """

    service: Service
    ready: bool
    checks: dict[str, str]
    timezone: str = ""
    zone_data: str = ""
    at: Instant | None = None
    warnings: dict[str, str] = Field(default_factory=dict[str, str])


def subject(service: Service) -> str:
    """Any instance answers here; each one also under its own name, see ``own_subject``."""
    return f"dataops.health.{service}"


def own_subject(service: Service) -> str:
    """Of the instance on this machine, or in this container."""
    return f"{subject(service)}.{socket.gethostname()}"


def serve(
    broker: "NatsBroker",
    service: Service,
    checks: dict[str, Check],
    *,
    timezone: str,
    patience: float = _PATIENCE_SECONDS,
    warnings: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Answer health questions, every instance for itself. ``patience`` is in seconds, for all checks together.
    ``warnings`` are read at each answer."""

    async def respond(_: Any) -> bytes:
        answers = await asyncio.gather(*(_result(check, patience) for check in checks.values()))
        results = {name: redact(shorten(answer)) for name, answer in zip(checks, answers, strict=True)}
        ready = all(result == OK for result in results.values())
        found = Health(
            service=service,
            ready=ready,
            checks=results,
            timezone=timezone,
            zone_data=zone_data.DESCRIPTION,
            at=Clock.wall(),
            warnings=dict(warnings),
        )
        return found.model_dump_json().encode()

    broker.subscriber(subject(service), title=f"{service} health")(respond)
    broker.subscriber(own_subject(service), title=f"health of this {service}")(respond)


async def _result(check: Check, patience: float) -> str:
    try:
        async with asyncio.timeout(patience):
            return await check()
    except TimeoutError:
        return f"no answer within {patience:g} s"
    except Exception as error:  # noqa: BLE001  # any fault is reported as the state
        return f"{type(error).__name__}: {error}"
