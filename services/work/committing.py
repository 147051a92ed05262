"""The one way a command writes: a transaction with its history and, with a key, the answer; then the nudge."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from contracts.commands import Command
from contracts.subjects import Done, Event, Request
from contracts.values import Model
from services.kit.mongo.driver import DuplicateKeyError, Session
from services.work.history.store import History

ViewT = TypeVar("ViewT", bound=Model)
Publish = Callable[[Event, list[str]], Awaitable[None]]


class Committer:
    def __init__(self, history: History, publish: Publish) -> None:
        self._history = history
        self._publish = publish

    async def commit(
        self,
        request: Request[Any, ViewT],
        command: Command,
        write: Callable[[Session], Awaitable[ViewT]],
        event: Event,
        id: str | None,
    ) -> ViewT:
        """``id`` is of what changed, for the ``event``; None when it is no single document.

        ``write`` reads inside the transaction, so a change of the same document meanwhile makes it run again.
        A refusal that ``write`` raises takes back what it wrote before.
        """

        async def attempt(session: Session) -> tuple[ViewT, bool]:
            """With whether it is new: who sent the same key in the same instant may have been answered meanwhile, and
            what they did must not make a refusal of this."""
            if earlier := await self._earlier(request, command, session):
                return earlier, False
            result = await write(session)
            if command.key is not None:
                await self._history.remember(command.key, Done(view=result).model_dump_json(), session)
            return result, True

        try:
            result, is_new = await self._history.transaction(attempt)
        except DuplicateKeyError:
            if earlier := await self._earlier(request, command):
                return earlier
            raise
        if is_new:
            await self._publish(event, [] if id is None else [id])
        return result

    async def _earlier(
        self, request: Request[Any, ViewT], command: Command, session: Session | None = None
    ) -> ViewT | None:
        if command.key is None or (answer := await self._history.answer_to(command.key, session)) is None:
            return None
        reply = request.reply(answer)
        return reply.view if isinstance(reply, Done) else None
