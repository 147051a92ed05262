"""Questions to work, whose refusal is an error here: the notifier asks for nothing that may be refused."""

from typing import TypeVar

from nats.aio.client import Client

from contracts.subjects import Refused, Request
from contracts.values import Model
from services.kit.broker import ask

RequestT = TypeVar("RequestT", bound=Model)
ViewT = TypeVar("ViewT", bound=Model)


class WorkRefused(Exception):
    """Work answered that it will not."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.message)
        self.code = refused.code


async def answer_of(client: Client, request: Request[RequestT, ViewT], body: RequestT) -> ViewT:
    """Raises Unavailable or WorkRefused."""
    reply = await ask(client, request, body)
    if isinstance(reply, Refused):
        raise WorkRefused(reply)
    return reply.view
