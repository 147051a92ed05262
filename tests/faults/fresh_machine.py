"""A minimal Debian 12 in a directory, entered as an ordinary user at a real terminal."""

import os
import pty
import select
import shutil
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SUITE, PACKAGES = "bookworm", "python3,python3-venv,make,git,ca-certificates"
CHECKOUT = Path(__file__).parents[2]
HOME = Path("/home/user")
USER = 1000
PATIENCE_SECONDS = 1_500
_TOOLS = ("debootstrap", "unshare", "setsid", "chroot", "setpriv")
_OURS = ("HOME", "PATH", "USER", "LOGNAME", "SHELL", "PWD", "TMPDIR", "VIRTUAL_ENV", "CI")
_CONFIGURATION = ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/etc/ssl/certs/ca-certificates.crt")
# What runs inside goes with the process namespace when the outermost process is killed.
_ENTER = """
mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" || exit 1
exec chroot "$0" setpriv --reuid 1000 --regid 1000 --clear-groups sh -c "$1"
"""


@dataclass
class Terminal:
    """A command at a terminal; ``shown`` is what it has printed."""

    process: subprocess.Popen[bytes]
    keyboard: int
    shown: str = field(default="")

    def wait_for(self, text: str) -> None:
        """Return when the text is shown; AssertionError when the command ends before."""
        while text not in self.shown:
            assert self._read(), f"it ended without {text!r}:\n{self.shown}"

    def wait(self) -> int:
        """Return the exit code."""
        while self._read():
            pass
        return self.process.wait(timeout=60)

    def press_ctrl_c(self) -> None:
        os.write(self.keyboard, b"\x03")

    def _read(self) -> bool:
        """False when the command has ended. A terminal without anybody at its other end cannot be read."""
        ready, _, _ = select.select([self.keyboard], [], [], PATIENCE_SECONDS)
        assert ready, f"nothing more after {PATIENCE_SECONDS} s:\n{self.shown}"
        with suppress(OSError):
            if read := os.read(self.keyboard, 65_536):
                self.shown += read.decode(errors="replace").replace("\r\n", "\n")
                return True
        return False


@dataclass(frozen=True)
class FreshMachine:
    """``root`` is the directory; ``checkout`` is a fresh clone in it, in the user's home."""

    root: Path

    @property
    def checkout(self) -> Path:
        return self.root / HOME.relative_to("/") / "dataops"

    @contextmanager
    def at_terminal(self, command: str, **environment: str) -> Generator[Terminal]:
        """Run a shell command in the checkout. What is left of it at the end is killed."""
        keyboard, screen = pty.openpty()
        inside = ["sh", "-c", _ENTER, self.root, f"cd {HOME}/dataops && {command}"]
        process = subprocess.Popen(
            [
                "setsid",
                "--ctty",
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "--pid",
                "--fork",
                "--kill-child",
                *inside,
            ],
            stdin=screen,
            stdout=screen,
            stderr=screen,
            env=self._environment() | environment,
        )
        os.close(screen)
        try:
            yield Terminal(process, keyboard)
        finally:
            process.kill()
            process.wait()
            os.close(keyboard)

    def run(self, command: str, **environment: str) -> tuple[int, str]:
        """The exit code and what was shown."""
        with self.at_terminal(command, **environment) as terminal:
            return terminal.wait(), terminal.shown

    def _environment(self) -> dict[str, str]:
        """This machine's, as far as it says how packages are fetched."""
        passed = {
            name: value for name, value in os.environ.items() if name not in _OURS and not name.startswith("DATAOPS_")
        }
        path = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
        return passed | {"HOME": str(HOME), "USER": "user", "PATH": path, "LANG": "C.UTF-8", "TERM": "xterm"}


def build_machine(root: Path) -> FreshMachine:
    """Skips the test, with the reason, where it cannot be built."""
    if lacking := [tool for tool in _TOOLS if not shutil.which(tool)]:
        pytest.skip(f"{', '.join(lacking)} missing")
    if os.getuid() != 0:
        pytest.skip("only root can build it")
    _call(["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, root])
    _call(["chroot", root, "useradd", "--create-home", "--uid", str(USER), "user"])
    named = [value for value in os.environ.values() if value.startswith("/etc/") and Path(value).is_file()]
    for file in {*_CONFIGURATION, *named}:
        if Path(file).is_file():
            target = root / file.removeprefix("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            shutil.copy(file, target)
    machine = FreshMachine(root)
    _call(["git", "clone", "-q", CHECKOUT, machine.checkout])
    _call(["chown", "-R", f"{USER}:{USER}", machine.checkout.parent])
    return machine


def _call(command: Sequence[str | Path]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
