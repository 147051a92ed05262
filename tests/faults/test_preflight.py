"""What is looked at before an installation: everything at once, each with a remedy."""

import ctypes
import os
import socket
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from services.cli.stack import preflight

ROOT = Path(__file__).parents[2]
Version = namedtuple("Version", "major minor micro")  # as sys.version_info: a tuple with names


def run(tmp_path: Path, *options: str, **environment: str) -> list[str]:
    """The lines that the command prints in a directory of its own."""
    command = [sys.executable, "-m", "services.cli.stack.preflight", *options]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DATAOPS_")}
    inherited |= {"PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run(command, cwd=tmp_path, env=inherited, capture_output=True, text=True, timeout=60, check=False)
    lines = done.stderr.splitlines()
    assert done.returncode == bool(lines)
    return lines


def test_preflight_without_problems_prints_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, "up", "--port", "0", "--nats-port", "0", "--mongo-port", "0") == []


def test_preflight_prints_every_problem_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        lines = run(tmp_path, "up", "--port", port, "--mongo-port", port, "--data-dir", "file")
    assert lines[0].startswith("dataops: file is not a directory: choose another with --data-dir")
    assert lines[1].startswith(f"dataops: Port {port}, wanted by the portal, is taken")
    assert lines[2].startswith(f"dataops: Port {port} is wanted by both the portal and mongod")
    assert lines[3] == 'dataops: Options are given like this: make run ARGS="--port 0 --data-dir DIR"'


def test_preflight_looks_at_ports_of_the_environment(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        [line, _] = run(tmp_path, "up", DATAOPS_PORT=port)
        assert f"Port {port}, wanted by the portal, is taken" in line
        assert run(tmp_path, DATAOPS_PORT=port) == [], "an installation listens nowhere"
        assert run(tmp_path, "up", "--nats-port", port, DATAOPS_NATS_URL="nats://elsewhere:4222") == []


@pytest.mark.parametrize(
    ("there", "remedy"),
    [(["python3.13"], "make PYTHON=python3.13 run"), ([], "Install one and name it: make PYTHON=python3.12 run")],
    ids=["a newer one is here", "none is here"],
)
def test_python_problem_names_a_python_that_will_do(
    there: list[str], remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight.sys, "version_info", Version(3, 9, 2))
    monkeypatch.setattr(preflight.shutil, "which", lambda name: name if name in there else None)
    problem = preflight._python_problem()
    assert problem
    assert problem.startswith("Python 3.11 or newer is needed")
    assert problem.endswith(remedy)


def test_venv_problem_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    find = preflight.importlib.util.find_spec
    monkeypatch.setattr(preflight.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find(name))
    assert preflight._venv_problem() == (
        "This Python cannot make virtual environments: "
        f"sudo apt-get install python{sys.version_info.major}.{sys.version_info.minor}-venv"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere mongod brings what it needs")
@pytest.mark.parametrize(
    ("libc", "flags", "absent", "message"),
    [
        (("glibc", "2.31"), " avx ", "", "needs glibc 2.34 or newer, and here is 2.31"),
        (("", ""), " avx ", "", "needs glibc, which this system lacks"),
        (("glibc", "2.36"), " sse4_2 ", "", "needs a processor with AVX"),
        (("glibc", "2.36"), " avx ", "liblzma.so.5", "sudo apt-get install liblzma5"),
        (("glibc", "2.36"), " avx ", "libgcc_s.so.1", "sudo apt-get install libgcc-s1"),
    ],
    ids=["old glibc", "musl", "no AVX", "no liblzma", "no libgcc"],
)
def test_server_problems_say_what_mongod_lacks(
    libc: tuple[str, str], flags: str, absent: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(library: str) -> None:
        if library == absent:
            raise OSError

    monkeypatch.setattr(preflight.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(preflight.platform, "libc_ver", lambda: libc)
    monkeypatch.setattr(preflight, "_processor", lambda: flags)
    monkeypatch.setattr(ctypes, "CDLL", load)
    [problem] = preflight._server_problems({})
    assert message in problem
    assert preflight._server_problems({"DATAOPS_MONGO_URL": "mongodb://elsewhere"}) == []


def test_processor_without_a_mongod_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight.platform, "machine", lambda: "riscv64")
    [problem] = preflight._server_problems({})
    assert problem == "There is no bundled mongod for riscv64. Use containers: docker compose up"


def test_room_problem_names_what_is_free_and_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = preflight.shutil.disk_usage(tmp_path)._replace(free=400_000_000)
    monkeypatch.setattr(preflight.shutil, "disk_usage", lambda _: usage)
    assert preflight._room_problem(tmp_path, 300) == (
        f"Only 400 MB are free on the disk of {tmp_path}, and 800 are needed."
    )
