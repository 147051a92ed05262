"""``dataops up`` as a person runs it: found by its ``ports.json``, alone on its data, gone without a trace."""

import asyncio
import os
import signal
import socket
from pathlib import Path

import httpx
import pytest

from services.cli.stack.running import connect_settings
from services.kit.start_error import StartError
from tests.faults.listening import nobody_listens
from tests.support.stack import start_up, up

pytestmark = pytest.mark.timeout(400)


async def test_ctrl_c_stops_everything_and_a_second_start_brings_it_back(tmp_path: Path) -> None:
    async with up(tmp_path) as (process, ports):
        second = await start_up(tmp_path)
        output = (await second.communicate())[0].decode()
        assert (second.returncode, output.count("\n")) == (1, 1), output
        assert f"already runs on {tmp_path} (process {process.pid})" in output
        assert connect_settings(tmp_path).portal_port == ports["portal"]
        os.killpg(process.pid, signal.SIGINT)
        output = (await asyncio.wait_for(process.communicate(), 15))[0].decode()
        assert process.returncode == 0
        assert "operator@" in output
        assert "Sign in as one of these; the passwords are not shown again." in output
    await nobody_listens(*ports.values())
    with pytest.raises(StartError, match="No stack is ready"):
        connect_settings(tmp_path)
    async with up(tmp_path) as (process, ports), httpx.AsyncClient() as browser:
        assert (await browser.get(f"http://127.0.0.1:{ports['portal']}/sign-in")).status_code == 200
        process.send_signal(signal.SIGTERM)
        output = (await asyncio.wait_for(process.communicate(), 15))[0].decode()
        assert process.returncode == 0
        assert "the passwords are not shown again" not in output
        assert output.count(f"dataops users password admin@dataops.local --data-dir {tmp_path}\n") == 1


async def test_up_empty_says_how_to_get_the_first_account(tmp_path: Path) -> None:
    async with up(tmp_path, "--empty") as (process, ports), httpx.AsyncClient() as browser:
        page = (await browser.get(f"http://127.0.0.1:{ports['portal']}/sign-in")).text
        process.send_signal(signal.SIGTERM)
        output = (await asyncio.wait_for(process.communicate(), 15))[0].decode()
    assert "There are no accounts yet" in page
    add = "dataops users add you@example.org --name 'Your Name' --role admin"
    assert f"There are no accounts yet. Add the first one in another terminal: {add} --data-dir {tmp_path}\n" in output


async def test_nothing_outlives_a_start_that_was_killed(tmp_path: Path) -> None:
    async with up(tmp_path, "--empty") as (process, ports):
        process.kill()
        await process.communicate()
        await nobody_listens(*ports.values())


async def test_a_taken_port_of_the_portal_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        process = await start_up(tmp_path, "--port", str(port))
        output = (await process.communicate())[0].decode()
    assert (process.returncode, output.count("\n")) == (1, 1), output
    assert output.startswith(f"dataops: Port {port}, wanted by the portal, is taken")
