"""`make run` and `make test` on a machine that has Python, make and git, by a user without root."""

import re
import shlex
import shutil
import socket
import subprocess
from collections.abc import Generator
from contextlib import ExitStack, suppress

import httpx
import pytest

from tests.api.people import SAME_ORIGIN, hidden
from tests.faults.fresh_machine import FreshMachine, Terminal, build_machine

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3_600)]

USUAL_PORTS = (8080, 4222, 27017)
READY = "Ctrl-C stops everything"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Generator[FreshMachine]:
    root = tmp_path_factory.mktemp("machine")
    yield build_machine(root)
    shutil.rmtree(root)


@pytest.fixture
def usual_ports_taken() -> Generator[None]:
    """By this test, or by somebody before it."""
    with ExitStack() as stack:
        for port in USUAL_PORTS:
            with suppress(OSError):
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
        yield


def address(terminal: Terminal) -> str:
    found = re.search(r"Operations Home   (http://127\.0\.0\.1:\d+)", terminal.shown)
    assert found, terminal.shown
    return found[1]


def sign_in(url: str, email: str, password: str) -> int:
    """The status of the page that comes next: 303 to Home, or the form again."""
    with httpx.Client(base_url=url) as browser:
        token = hidden(browser.get("/sign-in").text, "csrf")
        form = {"csrf": token, "next": "/", "email": email, "password": password}
        return browser.post("/sign-in", data=form, headers=SAME_ORIGIN | {"Origin": url}).status_code


def stop(terminal: Terminal) -> None:
    terminal.press_ctrl_c()
    terminal.wait_for("Stopped.")
    terminal.wait()


def test_make_run_lists_all_that_is_missing_first(machine: FreshMachine, usual_ports_taken: None) -> None:
    ensurepip = next(machine.root.glob("usr/lib/python3*/ensurepip"))
    away = ensurepip.with_name("away")
    ensurepip.rename(away)
    shutil.chown(machine.checkout, "root")
    machine.checkout.chmod(0o755)
    try:
        code, shown = machine.run('make run ARGS="--port 8080 --mongo-port 27017"')
    finally:
        away.rename(ensurepip)
        shutil.chown(machine.checkout, 1000)
    assert code == 2, shown
    lines = [line for line in shown.splitlines() if line.startswith("dataops: ")]
    for line, words in zip(
        lines,
        (
            "sudo apt-get install python3",
            'sudo chown -R "$USER"',
            "Cannot make the data directory",
            "Port 8080, wanted by the portal, is taken",
            "Port 27017, wanted by mongod, is taken",
            'make run ARGS="--port 0',
        ),
        strict=True,
    ):
        assert words in line
    assert "Installing" not in shown
    assert not (machine.checkout / ".venv").exists()


def test_make_run_needs_nothing_more_than_python_and_make(machine: FreshMachine, usual_ports_taken: None) -> None:
    assert not list(machine.root.glob("usr/lib/*/libcurl.so.4"))
    with machine.at_terminal("make run") as terminal:
        terminal.wait_for(READY)
        for port in USUAL_PORTS:
            assert f"Port {port} is taken: " in terminal.shown
        [(email, password)] = re.findall(r"^  (admin@\S+) +(\S+)", terminal.shown, re.M)
        assert sign_in(address(terminal), email, password) == 303
        stop(terminal)
    assert (machine.checkout / ".dataops" / "libraries" / "libcurl.so.4").is_symlink()
    with machine.at_terminal("make run") as terminal:
        terminal.wait_for(READY)
        assert "Installing" not in terminal.shown
        reset = re.search(r"^Sign in as before\. .* in another terminal: (.*)$", terminal.shown, re.M)
        assert reset
        code, shown = machine.run(reset[1])
        assert code == 0, shown
        new = re.search(r"^Password: (\S+)$", shown, re.M)
        assert new
        assert sign_in(address(terminal), shlex.split(reset[1])[-1], new[1]) == 303
        assert sign_in(address(terminal), email, password) == 401
        stop(terminal)


def test_figures_of_the_installation_are_true(machine: FreshMachine) -> None:
    """What `make run` says before it installs, against what is there afterwards."""
    said = re.search(r"requirements-run\.lock,.* takes (\d+) MB", (machine.checkout / "Makefile").read_text())
    assert said
    used = subprocess.run(["du", "-sm", machine.checkout / ".venv"], capture_output=True, text=True, check=True).stdout
    assert int(used.split()[0]) == pytest.approx(int(said[1]), rel=0.15)


def test_make_test_runs_without_a_browser_and_says_so(machine: FreshMachine) -> None:
    few = {"PYTEST_ADDOPTS": "tests/rules/test_proof.py tests/browser/test_layout.py", "PY_COLORS": "0"}
    code, shown = machine.run("make test", **few)
    assert code == 0, shown
    assert re.search(r"\d+ passed, \d+ skipped", shown)
    message = "browser tests were not run, because no Chromium starts here: sudo apt-get install chromium libatomic1"
    assert any(message in line for line in shown.splitlines()[-2:]), shown
    code, shown = machine.run("make test", CI="true", **few)
    assert code == 2, shown
    assert "No Chromium is to be had here" in shown
    assert "passed" not in shown
