"""A command that runs until somebody stops it."""

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from types import FrameType
from typing import Any


def run_until_stopped(main: Coroutine[Any, Any, None]) -> None:
    """Run ``main``; Ctrl-C, SIGTERM and a closed terminal cancel it, and that is a normal end."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # shells start background jobs with it ignored
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)
    with suppress(KeyboardInterrupt):
        asyncio.run(main)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)
