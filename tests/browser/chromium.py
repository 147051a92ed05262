"""Which Chromium the browser tests drive, and how to get one: ``python -m tests.browser.chromium``."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE, STDOUT

from playwright.sync_api import Error, sync_playwright

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
PACKAGES = ("chromium", "libatomic1")
NO_CHROMIUM = "no Chromium starts here"
_COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PROGRAMS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_CONNECTION_MS = "10000"


def executable() -> str | None:
    """The machine's own browser; None: Playwright launches the one that it downloaded."""
    found = [path for path in map(shutil.which, _COMMANDS) if path]
    found += [path for path in _PROGRAMS if Path(path).exists()]
    return found[0] if found else None


def driver_runs() -> bool:
    """Whether Playwright's node does: it needs libatomic, which a minimal system lacks."""
    return not subprocess.run(
        [sys.executable, "-m", "playwright", "--version"], capture_output=True, check=False
    ).returncode


def _starts() -> bool:
    if not driver_runs():
        return False
    with sync_playwright() as playwright:
        try:
            playwright.chromium.launch(executable_path=executable(), args=FLAGS).close()
        except Error:
            return False
    return True


def _download() -> bool:
    """Playwright's own needs no root. Its libraries may be missing all the same, so it is tried."""
    if not driver_runs():
        return False
    print("Chromium is missing, for the browser tests: downloading Playwright's, about 300 MB", flush=True)
    environment = os.environ | {"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": _CONNECTION_MS}
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    with subprocess.Popen(command, env=environment, stdout=PIPE, stderr=STDOUT, text=True) as download:
        assert download.stdout is not None
        for line in download.stdout:
            if "% of" in line:  # of what it says when it fails, nothing helps
                print(line, end="", flush=True)
    return download.returncode == 0 and _starts()


def _install() -> bool:
    """From Debian or Ubuntu, as root."""
    if sys.platform == "win32" or os.getuid() != 0 or not shutil.which("apt-get"):
        return False
    print("Installing chromium, for the browser tests", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", *PACKAGES]):
        if subprocess.run(
            ["apt-get", "-qq", *command], env=environment, check=False, stdout=subprocess.DEVNULL
        ).returncode:
            return False
    return _starts()


def _main() -> int:
    """With ``CI=true`` it is an error when there is none to be had. Else the end of the tests says what was not run."""
    if _starts() or _download() or _install():
        return 0
    print("No Chromium is to be had here, so the browser tests will not run.", file=sys.stderr)
    return int(os.environ.get("CI") == "true")


if __name__ == "__main__":
    sys.exit(_main())
