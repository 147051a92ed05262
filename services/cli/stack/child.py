"""A child process: started with a log of its own, waited for until it is ready, stopped for certain."""

import asyncio
import os
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from services.cli.stack import guard

Report = Callable[[float], None]

_TAIL_BYTES = 16_384
_REPORT_SECONDS = 10.0
_PROGRESS_SECONDS = 5
"""So much processor time is progress; a process that only asks again and again takes less in its patience."""


class Died(Exception):
    """The child ended before it was ready."""

    def __init__(self, child: "Child", code: int) -> None:
        super().__init__(f"{child.name} ended with code {code}")
        self.child = child
        self.code = code


@dataclass(frozen=True)
class Child:
    """``log`` is appended to; ``log_start`` is where this process's part of it begins."""

    name: str
    log: Path
    log_start: int
    process: Process

    @classmethod
    async def spawn(
        cls, name: str, command: Sequence[str | Path], *, log: Path, env: Mapping[str, str] | None = None
    ) -> "Child":
        """Start ``command`` where Ctrl-C at the terminal does not reach it: its owner decides when it stops."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            log_start = output.tell()
            process = await asyncio.create_subprocess_exec(
                *command, stdin=DEVNULL, stdout=output, stderr=output, env=env, process_group=0
            )
        guard.watch(process.pid)
        return cls(name, log, log_start, process)

    @property
    def pid(self) -> int:
        return self.process.pid

    async def wait(self) -> int:
        """Return its exit code (negative: the signal that ended it) when it ends."""
        code = await self.process.wait()
        guard.forget(self.pid)
        return code

    async def until(
        self,
        ready: Coroutine[Any, Any, None],
        *,
        patience: float,
        sign: Callable[[], str] = str,
        report: Report | None = None,
    ) -> None:
        """Return when ``ready`` returns. Else the child is stopped, and Died, TimeoutError or ready's error raised.

        TimeoutError comes after ``patience`` seconds without progress: what ``sign`` returns stays the same, and the
        child takes little processor time. ``report`` gets the seconds waited so far every ten seconds.
        """
        becoming, ending = asyncio.create_task(ready), asyncio.create_task(self.wait())
        try:
            await self._wait({becoming, ending}, patience, sign, report)
            if ending.done():
                raise Died(self, ending.result())
            await becoming
        except BaseException:  # a cancelled start must leave no child behind either
            await self.stop()
            raise
        finally:
            becoming.cancel()
            ending.cancel()
            await asyncio.gather(becoming, ending, return_exceptions=True)

    async def _wait(
        self, tasks: set[asyncio.Task[Any]], patience: float, sign: Callable[[], str], report: Report | None
    ) -> None:
        """Return when one of the tasks is done; TimeoutError as in ``until``."""
        time = asyncio.get_running_loop().time
        began = time()
        progress, until = (sign(), self._work()), began + patience
        while True:
            pause = min(_REPORT_SECONDS, until - time())
            done, _ = await asyncio.wait(tasks, timeout=max(pause, 0), return_when=asyncio.FIRST_COMPLETED)
            if done:
                return
            if (now := (sign(), self._work())) != progress:
                progress, until = now, time() + patience
            elif time() >= until:
                raise TimeoutError
            if report:
                report(time() - began)

    def _work(self) -> int:
        """Processor time that the child took, in steps of ``_PROGRESS_SECONDS``; 0 when it has ended."""
        try:
            times = psutil.Process(self.pid).cpu_times()
        except psutil.Error:
            return 0
        return int(times.user + times.system) // _PROGRESS_SECONDS

    async def stop(self, *, within: float = 5.0) -> None:
        """Ask it to end, and end it after ``within`` seconds. No harm when it has ended."""
        with suppress(ProcessLookupError):
            self.process.terminate()
        try:
            async with asyncio.timeout(within):
                await self.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it as a power cut would."""
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.wait()

    def last_words(self) -> list[str]:
        """The last lines that this process logged."""
        with self.log.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            log.seek(max(self.log_start, end - _TAIL_BYTES))
            return log.read().decode(errors="replace").splitlines()
