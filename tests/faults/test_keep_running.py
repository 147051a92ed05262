"""Processes that belong together: what dies is started again, and none is left behind."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from services.cli.stack.child import Child
from services.cli.stack.keep_running import Start, kept_running
from services.kit.start_error import StartError
from tests.system import eventually


@pytest.fixture
def started() -> list[Child]:
    return []


@pytest.fixture
def sleeper(started: list[Child], tmp_path: Path) -> Callable[[str], Start]:
    """Starts a process that does nothing for long."""

    def of_name(name: str) -> Start:
        async def start() -> Child:
            command = [sys.executable, "-c", "import threading; threading.Event().wait(60)"]
            child = await Child.spawn(name, command, log=tmp_path / f"{name}.log")
            started.append(child)
            return child

        return start

    return of_name


async def test_what_dies_is_started_again_and_said(sleeper: Callable[[str], Start], started: list[Child]) -> None:
    said: list[str] = []
    async with kept_running({"one": sleeper("one"), "two": sleeper("two")}, said.append):
        first = next(child for child in started if child.name == "one")
        await first.kill()

        async def again() -> bool:
            return len(started) == 3

        await eventually(again)
        assert started[-1].name == "one"
        assert [line.startswith("one ended (SIGKILL) and is started again") for line in said] == [True]
    assert all(child.process.returncode is not None for child in started)


async def test_one_that_cannot_start_leaves_none_running(sleeper: Callable[[str], Start], started: list[Child]) -> None:
    async def cannot() -> Child:
        async def other_runs() -> bool:
            return bool(started)

        await eventually(other_runs)
        raise StartError("There is no room: make some.")

    with pytest.raises(StartError, match="no room"):
        async with kept_running({"one": sleeper("one"), "two": cannot}, print):
            pytest.fail("it says that all of them run")
    assert [child.process.returncode is not None for child in started] == [True]


async def test_what_fails_inside_is_raised_as_it_is(sleeper: Callable[[str], Start], started: list[Child]) -> None:
    """As when the servers run and a service cannot start: the command prints a StartError as one sentence."""
    with pytest.raises(StartError, match="no room"):
        async with kept_running({"one": sleeper("one")}, print):
            raise StartError("There is no room: make some.")
    assert [child.process.returncode is not None for child in started] == [True]
