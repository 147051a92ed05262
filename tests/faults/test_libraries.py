"""Libraries of the bundled mongod that a system lacks come from a wheel, for mongod alone."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from services.cli.stack import libraries
from services.cli.stack.libraries import library_environment
from services.kit.start_error import StartError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere mongod brings what it needs")

LACKED = "libx.so.6"
SHELL = Path(shutil.which("sh") or "/bin/sh").resolve()


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A shell that is linked against a library which no system has, instead of the C library."""
    file = tmp_path / "program"
    file.write_bytes(SHELL.read_bytes().replace(b"\0libc.so.6\0", f"\0{LACKED}\0".encode()))
    file.chmod(0o755)
    return file


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory in which a wheel keeps its libraries."""
    directory = tmp_path / "packages" / "pycurl.libs"
    directory.mkdir(parents=True)
    monkeypatch.setattr(libraries.sysconfig, "get_path", lambda _: str(directory.parent))
    return directory


def of_system(library: str) -> Path:
    listed = subprocess.run(["ldd", SHELL], capture_output=True, text=True, check=True).stdout
    return next(Path(line.split()[2]) for line in listed.splitlines() if library in line)


@pytest.mark.parametrize("version", ["6", "6.8.0"])
def test_library_environment_links_the_library_of_the_wheel(
    version: str, program: Path, wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/of/the/user")
    shutil.copy(of_system("libc.so.6"), wheel / f"libx-0123abcd.so.{version}")
    (wheel / "libx-0123abcd.so.66").touch()
    (wheel / "libxy-0123abcd.so.6").touch()
    links = tmp_path / "links"
    environment = library_environment(program, links)
    assert environment["LD_LIBRARY_PATH"] == f"{links}:{wheel}:/of/the/user"
    assert (links / LACKED).resolve() == wheel / f"libx-0123abcd.so.{version}"
    assert os.environ["LD_LIBRARY_PATH"] == "/of/the/user"
    assert library_environment(program, links) == environment, "a second start makes the links anew"


def test_library_environment_leaves_a_complete_system_alone(wheel: Path, tmp_path: Path) -> None:
    assert library_environment(SHELL, tmp_path / "links") == dict(os.environ)
    assert not (tmp_path / "links").exists()


def test_library_environment_names_what_nobody_has(program: Path, wheel: Path, tmp_path: Path) -> None:
    with pytest.raises(StartError, match=rf"^program needs {LACKED}, which this system lacks: install it\. Or use"):
        library_environment(program, tmp_path / "links")


def test_missing_libraries_come_with_their_packages() -> None:
    assert libraries._explain("mongod", ["libssl.so.3", "libcrypto.so.3", "libcurl.so.4"]).startswith(
        "mongod needs libssl.so.3, libcrypto.so.3, libcurl.so.4, which this system lacks: "
        "install them (Debian, Ubuntu: sudo apt-get install libcurl4 libssl3)."
    )


@pytest.mark.parametrize("name", ["libcurl.so.4", "libssl.so.3", "libcrypto.so.3"])
def test_installed_wheel_has_the_libraries_of_mongod(name: str) -> None:
    assert libraries._bundled(Path(sysconfig.get_path("platlib")) / "pycurl.libs", name)
