"""nats-py may swallow a cancellation that reaches it while it writes, and asyncio's wait_for in Python 3.11 one that
meets the answer; the task remembers that it was asked for."""

import asyncio


def raise_if_cancelled() -> None:
    """To be called by a loop that ends in no other way, before it waits."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
