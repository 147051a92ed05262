"""Several writes that happen together or not at all."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from typing import TypeVar

from pymongo import WriteConcern
from pymongo.read_concern import ReadConcern

from services.kit import deadlines
from services.kit.mongo.driver import Database, PyMongoError, Session

ResultT = TypeVar("ResultT")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.005, 0.5
_TRIED_SECONDS = 120.0
"""How long a transaction is tried without a deadline: as long as the drivers do it."""


async def in_transaction(database: Database, work: Callable[[Session], Awaitable[ResultT]]) -> ResultT:
    """Run ``work`` in one transaction, again as a whole after a write conflict.

    A duplicate key leaves it as DuplicateKeyError: it aborts the transaction, so the caller names it outside. Raises
    DeadlinePassed when the deadline of the request comes before the commit was sent; nothing was written then.
    """
    ends = time.monotonic() + _TRIED_SECONDS
    for pause in _pauses():
        deadlines.raise_if_passed()
        async with await database.client.start_session() as session:
            try:
                return await _attempt(session, work, ends)
            except PyMongoError as error:
                if not error.has_error_label("TransientTransactionError") or time.monotonic() > ends:
                    raise
        await asyncio.sleep(pause)
    raise AssertionError("there is always another pause")


async def _attempt(session: Session, work: Callable[[Session], Awaitable[ResultT]], ends: float) -> ResultT:
    """One transaction; whatever ``work`` raises aborts it when the session ends. A commit whose outcome the server does
    not know is sent again until it does, or until ``ends``, an instant of the monotonic clock."""
    session.start_transaction(
        read_concern=ReadConcern("snapshot"), write_concern=WriteConcern(w="majority", j=True, wtimeout=10_000)
    )
    result = await work(session)
    deadlines.raise_if_passed()
    for pause in _pauses():
        try:
            await session.commit_transaction()
        except PyMongoError as error:
            if not error.has_error_label("UnknownTransactionCommitResult") or time.monotonic() > ends:
                raise
            await asyncio.sleep(pause)
        else:
            return result
    raise AssertionError("there is always another pause")


def _pauses() -> Iterator[float]:
    """Seconds to wait before each retry, growing as in the drivers' own loop. Random, so that two writers that
    collided do not collide again. Without pauses a waiting task kept a core busy."""
    return (random.uniform(0, min(_FIRST_PAUSE * 1.5**tried, _LONGEST_PAUSE)) for tried in count())
