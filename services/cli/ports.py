"""Ports on 127.0.0.1: is this one free, and which one is."""

import errno
import random
import socket
import sys
from itertools import islice

from services.kit.start_error import StartError

LOCALHOST = "127.0.0.1"
# Below the ports that systems lend to outgoing connections (Linux: from 32768): one of those might take it first.
_CHOICE = range(20_000, 32_000)


def free_ports(count: int) -> list[int]:
    """Different ports that nobody listens on now."""
    candidates = random.sample(_CHOICE, len(_CHOICE))
    return list(islice((port for port in candidates if _fault(LOCALHOST, port) is None), count))


def ensure_free(port: int, *, wanted_by: str, flag: str, host: str = LOCALHOST) -> None:
    """Raise StartError naming ``flag``, the option that chooses another port."""
    fault = _fault(host, port)
    if fault is None:
        return
    if fault.errno == errno.EADDRINUSE:
        raise StartError(
            f"Port {port}, wanted by {wanted_by}, is taken: stop what listens there, or choose another with "
            f"{flag} N ({flag} 0: any free port)."
        )
    raise StartError(f"{wanted_by} cannot listen on {host}:{port} ({fault.strerror}): choose another with {flag} N.")


def _fault(host: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as candidate:
        if sys.platform != "win32":  # there it would share a port that is in use
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((host, port))
        except OSError as error:
            return error
    return None
