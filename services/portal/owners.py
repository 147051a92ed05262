"""Asking the services that own the facts: one question or command at a time, or all pages of a list."""

from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from nats.aio.client import Client

from contracts.subjects import Request
from contracts.values import Model
from services.kit import broker
from services.kit.refused import Refused

RequestT = TypeVar("RequestT", bound=Model)
ViewT = TypeVar("ViewT", bound=Model)


class Owners:
    """``client`` gives the broker's connection of the moment."""

    def __init__(self, client: Callable[[], Client]) -> None:
        self._client = client

    async def ask(self, request: Request[RequestT, ViewT], body: RequestT) -> ViewT:
        """Raises Refused, and services.kit.unavailable.Unavailable when the owner is silent."""
        return await broker.ask(self._client(), request, body)

    async def find(self, request: Request[RequestT, ViewT], body: RequestT) -> ViewT | None:
        """None for what the owner does not find. Raises as ``ask`` does."""
        try:
            return await self.ask(request, body)
        except Refused as error:
            if error.refusal.code != "not_found":
                raise
            return None

    def pages(self, request: Request[RequestT, ViewT], body: RequestT) -> AsyncIterator[ViewT]:
        """Every page that ``body`` starts, following ``after`` to the end."""
        return broker.pages_of(self._client(), request, body)
