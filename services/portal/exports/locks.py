"""Locks on directories: one ends with the process that holds it, however that ends."""

import fcntl
import os
from pathlib import Path


def lock_directory(directory: Path, *, wait: bool = False) -> int:
    """The descriptor whose closing unlocks it. Raises BlockingIOError while another holds it, unless it may ``wait``;
    OSError for what is no directory."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        os.close(handle)
        raise
    return handle
