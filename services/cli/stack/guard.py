"""Ends the children of a process that could not do so itself, because it was killed.

The owner (``dataops up``, a test run) writes the process ids of its children into a pipe. However the owner ends, the
pipe closes with it; the guard, a process of its own, then ends the children that are still listed.
"""

import atexit
import os
import signal
import subprocess
import sys
from contextlib import suppress
from functools import cache
from threading import Event

_PATIENCE_SECONDS = 8
_LAST_RESORT = signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL


def watch(pid: int) -> None:
    """From now on this child does not outlive us."""
    _guard().send_line(f"+{pid}")


def forget(pid: int) -> None:
    """This child has ended; its number may soon belong to somebody else."""
    _guard().send_line(f"-{pid}")


class _Guard:
    def __init__(self) -> None:
        reading, self._pipe = os.pipe()
        # A process group of its own: Ctrl-C at the terminal must not reach it.
        self._process = subprocess.Popen([sys.executable, "-I", "-S", __file__], stdin=reading, process_group=0)
        os.close(reading)

    def send_line(self, line: str) -> None:
        """Without a guard, because somebody ended it, work goes on: only the protection is gone."""
        with suppress(BrokenPipeError):
            os.write(self._pipe, f"{line}\n".encode())

    def dismiss(self) -> None:
        os.close(self._pipe)
        self._process.wait()


@cache
def _guard() -> _Guard:
    guard = _Guard()
    atexit.register(guard.dismiss)
    return guard


def _main() -> None:
    children: set[int] = set()
    for line in sys.stdin:
        pid = int(line[1:])
        if line[0] == "+":
            children.add(pid)
        else:
            children.discard(pid)
    _end(children)


def _end(children: set[int]) -> None:
    _send(children, signal.SIGTERM)
    pause = Event()
    for _ in range(_PATIENCE_SECONDS * 10):
        children = {pid for pid in children if _lives(pid)}
        if not children:
            return
        pause.wait(0.1)
    _send(children, _LAST_RESORT)


def _send(children: set[int], number: int) -> None:
    for pid in children:
        with suppress(OSError):
            os.kill(pid, number)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    _main()
