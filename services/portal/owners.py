"""Asking the services that own the facts: one question or command at a time, or all pages of a list."""

from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

from nats.aio.client import Client

from contracts.subjects import Done, Refused, Request
from contracts.values import Model
from services.kit import broker

RequestT = TypeVar("RequestT", bound=Model)
ViewT = TypeVar("ViewT", bound=Model)


class RefusedByOwner(Exception):
    """A refusal that the caller does not handle itself; the API turns it into a status and a body."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.message)
        self.refused = refused


class Owners:
    """``client`` gives the broker's connection of the moment."""

    def __init__(self, client: Callable[[], Client]) -> None:
        self._client = client

    async def ask(self, request: Request[RequestT, ViewT], body: RequestT) -> Done[ViewT] | Refused:
        """Raises services.kit.unavailable.Unavailable when the owner is silent."""
        return await broker.ask(self._client(), request, body)

    async def view(self, request: Request[RequestT, ViewT], body: RequestT) -> ViewT:
        """The view alone; a refusal is raised as RefusedByOwner."""
        reply = await self.ask(request, body)
        if isinstance(reply, Refused):
            raise RefusedByOwner(reply)
        return reply.view

    async def pages(self, request: Request[RequestT, ViewT], body: RequestT) -> AsyncIterator[ViewT]:
        """Every page that ``body`` starts, following ``after`` to the end."""
        while True:
            page: Any = await self.view(request, body)
            yield page
            if page.after is None:
                return
            body = body.model_copy(update={"after": page.after})
