"""Which Chromium the browser tests drive. ``python -m tests.browser.chromium`` fails when there is none to be had."""

import shutil
import subprocess
import sys
from pathlib import Path

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
_COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PROGRAMS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def executable() -> str | None:
    """The machine's own browser; None: Playwright launches the one that it downloaded."""
    found = [path for path in map(shutil.which, _COMMANDS) if path]
    found += [path for path in _PROGRAMS if Path(path).exists()]
    return found[0] if found else None


def _main() -> int:
    """Linux has packages for it, which are the caller's business; elsewhere Playwright brings its own."""
    if executable():
        return 0
    if sys.platform == "linux":
        return 1
    return subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False).returncode


if __name__ == "__main__":
    sys.exit(_main())
