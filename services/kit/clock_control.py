"""Tests only: ``dataops.test.clock`` sets the clock of every service and answers when all of them have it."""

import asyncio
from contextlib import suppress
from typing import Any

from faststream.nats import NatsBroker

from contracts.values import Instant, Model, Service
from services.kit.clock import Clock

SET_CLOCK = "dataops.test.clock"
_EACH = "dataops.test.clock.each"
_QUIET_SECONDS = 0.3


class SetClock(Model):
    """The waiting ends when all that are ``awaited`` have answered, or when nobody answers any more."""

    now: Instant
    awaited: tuple[Service, ...] = tuple(Service)


class ClockIsSet(Model):
    services: list[str]


def follow_test_clock(broker: NatsBroker, service: Service, clock: Clock) -> None:
    """Any one service takes the request, passes it to every instance and collects their answers."""

    async def set_own(body: Any) -> bytes:
        clock.set(SetClock.model_validate(body).now)
        return service.encode()

    async def set_all(body: Any) -> bytes:
        order = SetClock.model_validate(body)
        client = broker.connection
        inbox = client.new_inbox()
        answers = await client.subscribe(inbox)
        await client.publish(_EACH, order.model_dump_json().encode(), reply=inbox)
        services: set[str] = set()
        with suppress(asyncio.TimeoutError):
            while not services.issuperset(order.awaited):
                services.add((await answers.next_msg(timeout=_QUIET_SECONDS)).data.decode())
        await answers.unsubscribe()
        return ClockIsSet(services=sorted(services)).model_dump_json().encode()

    broker.subscriber(_EACH, title="set own test clock")(set_own)
    broker.subscriber(SET_CLOCK, queue="clock", title="set test clock")(set_all)
