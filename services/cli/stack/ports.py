"""Ports on 127.0.0.1: is this one free, and which one is."""

from __future__ import annotations  # an older Python runs this before anything is installed, see preflight.py

import errno
import random
import socket
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from services.kit.start_error import StartError

LOCALHOST = "127.0.0.1"
# Below the ports that systems lend to outgoing connections (Linux: from 32768): one of those might take it first.
_CHOICE = range(20_000, 32_000)


@dataclass(frozen=True)
class PortWish:
    """A port for ``wanted_by``: ``named`` (0: any free one) if the user names one, else ``default`` or a free one.

    ``flag`` is the option by which the user names it.
    """

    wanted_by: str
    flag: str
    default: int
    named: int | None = None
    host: str = LOCALHOST


def choose_ports(wishes: Sequence[PortWish]) -> list[int]:
    """Return different free ports, one for each wish. Raises StartError with the lines of ``port_problems``."""
    if problems := port_problems(wishes):
        raise StartError("\n".join(problems))
    chosen = {wish.named for wish in wishes if wish.named}
    ports: list[int] = []
    for wish in wishes:
        port = wish.named or _unnamed(wish, chosen)
        chosen.add(port)
        ports.append(port)
    return ports


def port_problems(wishes: Sequence[PortWish]) -> list[str]:
    """One line for each port that cannot be had. A default that is taken is no problem: a free one replaces it."""
    problems: list[str] = []
    named: dict[int, PortWish] = {}
    for wish in wishes:
        port = wish.default if wish.named is None else wish.named
        if wish.named and wish.named in named:
            other = named[wish.named]
            problems.append(
                f"Port {port} is wanted by both {other.wanted_by} and {wish.wanted_by}: "
                f"choose another with {wish.flag} N ({wish.flag} 0: any free port)."
            )
        elif (fault := _fault(wish.host, port)) and (wish.named or fault.errno != errno.EADDRINUSE):
            problems.append(_explain(fault, port, wanted_by=wish.wanted_by, flag=wish.flag, host=wish.host))
        if wish.named:
            named.setdefault(wish.named, wish)
    return problems


def _unnamed(wish: PortWish, chosen: Collection[int]) -> int:
    """The default where it is free, or any free port."""
    if wish.named is None and wish.default not in chosen and _fault(wish.host, wish.default) is None:
        return wish.default
    return next(port for port in _free_ports(wish.host) if port not in chosen)


def free_ports(count: int) -> list[int]:
    """Different ports that nobody listens on now."""
    return list(islice(_free_ports(LOCALHOST), count))


def _free_ports(host: str) -> Iterator[int]:
    candidates = random.sample(_CHOICE, len(_CHOICE))
    return (port for port in candidates if _fault(host, port) is None)


def ensure_free(port: int, *, wanted_by: str, flag: str, host: str = LOCALHOST) -> None:
    """Raise StartError naming ``flag``, the option that chooses another port."""
    if fault := _fault(host, port):
        raise StartError(_explain(fault, port, wanted_by=wanted_by, flag=flag, host=host))


def _explain(fault: OSError, port: int, *, wanted_by: str, flag: str, host: str) -> str:
    if fault.errno == errno.EADDRINUSE:
        return (
            f"Port {port}, wanted by {wanted_by}, is taken: stop what listens there, or choose another with "
            f"{flag} N ({flag} 0: any free port)."
        )
    return f"{wanted_by} cannot listen on {host}:{port} ({fault.strerror}): choose another with {flag} N."


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
