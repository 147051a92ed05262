"""A service that sends itself a signal at exact points: ``python -m tests.faults.signalled SERVICE SIGNAL POINT...``.

SIGKILL ends it there. After SIGSTOP it stands in the middle of what it was about, and goes on with it when somebody
sends SIGCONT. Each point strikes once, ``POINT:COUNT`` when it is reached for the COUNT-th time. Without points it is
an ordinary service.
"""

import asyncio
import importlib
import os
import signal
import sys
from typing import Any

from contracts.values import Service
from services.kit import clock_control
from services.kit.settings import Settings
from services.notifier import reader
from services.scheduler.publisher import Publisher
from services.work import streams
from services.work.generation import pull
from services.work.generation import store as generation
from services.work.generation.consumer import WindowConsumer

POINTS: dict[str, tuple[Any, str]] = {
    # Of work: all is decided, nothing is written.
    "before_insert": (generation.Generation, "add_recurring_tasks"),
    # Tasks are written, neither their history entries nor their ledger entries.
    "between_inserts": (generation.Generation, "_present"),
    # A run, its tasks and its history are inserted, and nothing is committed.
    "inside_run": (generation, "_ledger_update"),
    # Everything is written, nothing acknowledged.
    "before_ack": (WindowConsumer, "_settle"),
    # Of the scheduler: the windows before this one are on their way to the broker, the cursor is not moved.
    "publication": (Publisher, "_send"),
    # Of the notifier: all is raised, no event is published and the cursor is not moved.
    "after_raising": (reader, "publish_event"),
}
"""What is about to be called where it strikes."""


def strike(sent: signal.Signals, point: str, count: int) -> None:
    owner, name = POINTS[point]
    call, left = getattr(owner, name), iter(range(count - 1, -1, -1))

    def strike_and_call(*arguments: Any, **named: Any) -> Any:
        if next(left, None) == 0:
            os.kill(os.getpid(), sent)
        return call(*arguments, **named)

    setattr(owner, name, strike_and_call)


def main(service: Service, sent: signal.Signals, *points: str) -> None:
    for point in points:
        name, _, count = point.partition(":")
        strike(sent, name, int(count or 1))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has its background jobs ignore it
    clock_control.SET_CLOCK = "dataops.test.clock.nobody"  # its clock is set, but not by way of one that stands still
    pull._REQUEST_SECONDS = 30  # what one holds that stands still may be sent to it again
    streams.ACK_WAIT_SECONDS = 1.0  # what a dead or stopped worker held comes back sooner than in operation
    asyncio.run(importlib.import_module(f"services.{service}.app").serve(Settings()))


if __name__ == "__main__":
    main(Service(sys.argv[1]), signal.Signals[sys.argv[2]], *sys.argv[3:])
