"""Which Chromium the browser tests drive. ``python -m tests.browser.chromium`` fails when there is none."""

import shutil
import subprocess
import sys
from pathlib import Path

_COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_PROGRAMS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)


def executable() -> str | None:
    """The machine's own browser; None where Playwright has to take the one that it downloaded."""
    commands = (shutil.which(name) for name in _COMMANDS)
    programs = (str(path) for path in _PROGRAMS if path.exists())
    return next((found for found in (*commands, *programs) if found), None)
