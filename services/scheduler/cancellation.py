"""nats-py may swallow a cancellation that reaches it while it writes; asyncio remembers that one was asked for."""

import asyncio


def heed_cancellation() -> None:
    """To be called by a loop that ends in no other way, before it waits."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
