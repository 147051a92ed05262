"""Processes that belong together: started at once, each started again when it dies, stopped at once."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from services.cli.stack.child import Child
from services.kit.start_error import StartError

Start = Callable[[], Awaitable[Child]]
PrintLine = Callable[[str], None]

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_STEADY_SECONDS = 60.0


@asynccontextmanager
async def kept_running(starts: Mapping[str, Start], print_line: PrintLine) -> AsyncGenerator[None]:
    """While inside, all of them run. When one cannot start at first, none is left running and its error is raised."""
    running: dict[str, Child] = {}
    try:
        await _start_all(starts, running)
        async with asyncio.TaskGroup() as group:
            keepers = [group.create_task(_keep(name, start, running, print_line)) for name, start in starts.items()]
            yield
            for keeper in keepers:
                keeper.cancel()
    except BaseExceptionGroup as group:
        # What was raised inside is known to its catchers by its own type.
        if len(group.exceptions) == 1:
            raise group.exceptions[0] from None
        raise
    finally:
        await asyncio.gather(*(child.stop() for child in running.values()))


async def _start_all(starts: Mapping[str, Start], running: dict[str, Child]) -> None:
    async def begin(name: str, start: Start) -> None:
        running[name] = await start()

    beginnings = [asyncio.create_task(begin(name, start)) for name, start in starts.items()]
    try:
        await asyncio.gather(*beginnings)
    finally:
        for beginning in beginnings:
            beginning.cancel()
        await asyncio.gather(*beginnings, return_exceptions=True)


async def _keep(name: str, start: Start, running: dict[str, Child], print_line: PrintLine) -> None:
    """Start it again whenever it dies, after longer and longer pauses until it runs steadily."""
    time = asyncio.get_running_loop().time
    pause = _FIRST_PAUSE
    while True:
        since = time()
        code = await running[name].wait()
        if time() - since > _STEADY_SECONDS:
            pause = _FIRST_PAUSE
        print_line(f"{name} ended ({_how(code)}) and is started again. Its log: {running[name].log}")
        while True:
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            try:
                running[name] = await start()
                break
            except StartError as error:
                print_line(str(error))


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
