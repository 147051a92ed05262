"""What keeps this machine from an installation and a start, found before anything is downloaded.

``python3 -m services.cli.stack.preflight [up OPTIONS]`` prints every problem with its remedy, and exits with 1 if
there is one. With ``up`` it also looks for what would keep ``dataops up OPTIONS`` from starting. It runs on the
machine's own Python, from 3.8 on, without any package.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from services.cli.stack import data_dir
from services.cli.stack.ports import LOCALHOST, PortWish, port_problems
from services.kit.start_error import StartError

_OLDEST = (3, 11)
_NEWER = ("python3.15", "python3.14", "python3.13", "python3.12", "python3.11")
_PROCESSORS = ("x86_64", "AMD64", "aarch64", "arm64")
_GLIBC = (2, 34)
"""What the bundled mongod was linked against."""

_LIBRARIES = {"liblzma.so.5": "liblzma5", "libgcc_s.so.1": "libgcc-s1"}
"""What mongod needs of every Linux, with Debian's package; libcurl and OpenSSL come along where they are missing."""

_RUN_MB, _TESTS_MB = 300, 850
"""Size of .venv with what runs, and with what the tests need; the Makefile says so too."""

_CONTAINERS = "Use containers: docker compose up"


def port_wishes(
    portal: int | None, nats: int | None, mongo: int | None, *, portal_host: str = LOCALHOST
) -> dict[str, PortWish]:
    """What ``dataops up`` listens on, by server. None: the user names no port; 0: any free one."""
    return {
        "portal": PortWish("the portal", "--port", 8080, portal, portal_host),
        "nats": PortWish("nats-server", "--nats-port", 4222, nats),
        "mongo": PortWish("mongod", "--mongo-port", 27017, mongo),
    }


def start_problems(directory: Path, wishes: Sequence[PortWish]) -> list[str]:
    """Why ``dataops up`` could not start on this data directory, one line each."""
    problems: list[str] = []
    try:
        data_dir.prepare(directory)
    except StartError as error:
        problems.append(str(error))
    return problems + port_problems(wishes)


def _install_problems(root: Path, size_mb: int) -> list[str]:
    found = [_python_problem(), _venv_problem(), _write_problem(root), _room_problem(root, size_mb)]
    return [problem for problem in found if problem]


def _python_problem() -> str | None:
    if sys.version_info >= _OLDEST:
        return None
    reason = f"Python 3.11 or newer is needed, and {sys.executable} is {platform.python_version()}."
    if newer := next(filter(shutil.which, _NEWER), None):
        return f"{reason} {newer} is here: make PYTHON={newer} run"
    return f"{reason} Install one and name it: make PYTHON=python3.12 run"


def _venv_problem() -> str | None:
    """Debian and Ubuntu leave out a part of it."""
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return None
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"This Python cannot make virtual environments: sudo apt-get install python{version}-venv"


def _write_problem(root: Path) -> str | None:
    """The environment, .venv, lies in the checkout, as does what setuptools notes of the installation."""
    if os.access(root, os.W_OK | os.X_OK):
        return None
    return f'No permission to write in {root}: sudo chown -R "$USER" {root}'


def _room_problem(root: Path, size_mb: int) -> str | None:
    free_mb = shutil.disk_usage(root).free // 1_000_000
    wanted = size_mb + data_dir.MIN_FREE_MB
    return f"Only {free_mb} MB are free on the disk of {root}, and {wanted} are needed." if free_mb < wanted else None


def _server_problems(environment: Mapping[str, str]) -> list[str]:
    """Why the bundled mongod could not run here."""
    if environment.get("DATAOPS_MONGO_URL"):
        return []
    if platform.machine() not in _PROCESSORS:
        return [f"There is no bundled mongod for {platform.machine()}. {_CONTAINERS}"]
    if sys.platform != "linux":
        return []
    problems: list[str] = []
    library, version = platform.libc_ver()
    if library != "glibc":
        problems.append(f"The bundled mongod needs glibc, which this system lacks. {_CONTAINERS}")
    elif tuple(map(int, version.split(".")[:2])) < _GLIBC:
        problems.append(f"The bundled mongod needs glibc 2.34 or newer, and here is {version}. {_CONTAINERS}")
    if platform.machine() in ("x86_64", "AMD64") and " avx" not in _processor():
        problems.append(f"The bundled mongod needs a processor with AVX, which this one lacks. {_CONTAINERS}")
    missing = [package for name, package in _LIBRARIES.items() if not _is_there(name)]
    if missing:
        problems.append(f"The bundled mongod needs system libraries: sudo apt-get install {' '.join(missing)}")
    return problems


def _processor() -> str:
    """What Linux says of it; a system that says nothing gets the benefit of the doubt."""
    try:
        return Path("/proc/cpuinfo").read_text()
    except OSError:
        return " avx"


def _is_there(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _number(text: str | None) -> int | None:
    """Other text is refused by ``dataops up`` itself."""
    return int(text) if text and text.isascii() and text.isdigit() and int(text) < 65_536 else None


def _options_problems(options: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """Why ``dataops up`` with these options could not start."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for flag in ("--port", "--nats-port", "--mongo-port", "--data-dir"):
        parser.add_argument(flag)
    given, _ = parser.parse_known_args(options)
    wishes = port_wishes(
        _number(given.port or environment.get("DATAOPS_PORT")),
        _number(given.nats_port),
        _number(given.mongo_port),
        portal_host=environment.get("DATAOPS_HOST") or LOCALHOST,
    )
    for server in ("nats", "mongo"):
        if environment.get(f"DATAOPS_{server.upper()}_URL"):
            del wishes[server]
    directory = Path(given.data_dir or environment.get("DATAOPS_DATA_DIR") or ".dataops")
    return start_problems(directory, list(wishes.values()))


def _main() -> int:
    starts = sys.argv[1:2] == ["up"]
    problems = _install_problems(Path.cwd(), _RUN_MB if starts else _TESTS_MB)
    if starts:
        problems += [*_server_problems(os.environ), *_options_problems(sys.argv[2:], os.environ)]
    for problem in problems:
        print(f"dataops: {problem}", file=sys.stderr)
    if any("--" in problem for problem in problems):
        print('dataops: Options are given like this: make run ARGS="--port 0 --data-dir DIR"', file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(_main())
