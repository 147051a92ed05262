"""Asking the services that own the facts: one question or command at a time, or all pages of a list."""

from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from nats.aio.client import Client

from contracts.subjects import Done, Refusal, Request
from contracts.values import Model
from services.kit import broker

RequestT = TypeVar("RequestT", bound=Model)
ViewT = TypeVar("ViewT", bound=Model)


class Owners:
    """``client`` gives the broker's connection of the moment."""

    def __init__(self, client: Callable[[], Client]) -> None:
        self._client = client

    async def ask(self, request: Request[RequestT, ViewT], body: RequestT) -> Done[ViewT] | Refusal:
        """Raises services.kit.unavailable.Unavailable when the owner is silent."""
        return await broker.ask(self._client(), request, body)

    async def view(self, request: Request[RequestT, ViewT], body: RequestT) -> ViewT:
        """The view alone; a refusal is raised as Refused."""
        return await broker.view_of(self._client(), request, body)

    def pages(self, request: Request[RequestT, ViewT], body: RequestT) -> AsyncIterator[ViewT]:
        """Every page that ``body`` starts, following ``after`` to the end."""
        return broker.pages_of(self._client(), request, body)
