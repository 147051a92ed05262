"""The work service as a process that kills itself with SIGKILL at a named point: ``python -m tests.faults.dying_work``.

``before_ack``: everything is written, nothing acknowledged. ``between_inserts``: tasks are written, the ledger is not.
``inside_run``: in the middle of a bundle's transaction. ``never``: an ordinary worker. ``stopped_before_insert`` is not
killed: it stops itself with SIGSTOP when all is decided and nothing written, and goes on when somebody sends SIGCONT.
"""

import asyncio
import os
import signal
import sys
from typing import Any

from services.kit.settings import Settings
from services.work import app, streams, windows
from services.work.stores import generation, history


async def die(*_: object, **__: object) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


async def die_inside_run(self: generation.Generation, run: Any, *_: object) -> Any:
    """Insert the bundle and half of its tasks in a transaction, and go."""

    async def write(session: Any) -> None:
        await self._bundles.insert_one(run.bundle, session=session)
        await self._tasks.insert_many(run.tasks[: len(run.tasks) // 2], session=session)
        await die()

    await generation.in_transaction(self._database, write)


def stop_before_insert() -> None:
    insert = generation.Generation.add_recurring_tasks

    async def stop_and_insert(self: generation.Generation, tasks: Any) -> Any:
        os.kill(os.getpid(), signal.SIGSTOP)
        return await insert(self, tasks)

    generation.Generation.add_recurring_tasks = stop_and_insert


def main(point: str) -> None:
    match point:
        case "before_ack":
            windows.WindowConsumer._settle = die
        case "between_inserts":
            history.History.add = die
        case "inside_run":
            generation.Generation.add_run = die_inside_run
        case "stopped_before_insert":
            stop_before_insert()
        case "never":
            pass
        case _:
            raise SystemExit(f"unknown point {point!r}")
    streams.ACK_WAIT_SECONDS = 1.0  # what a dead worker held comes back sooner than in operation
    asyncio.run(app.serve(Settings()))


if __name__ == "__main__":
    main(sys.argv[1])
