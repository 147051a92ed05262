"""Which hosts this server answers to. Without this a page elsewhere, whose name was pointed here after it was loaded,
could read what we show (DNS rebinding): its requests carry the name of that page."""

import re
from ipaddress import ip_address

from services.kit.settings import Settings

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", re.IGNORECASE)


def known_hosts(settings: Settings) -> frozenset[str]:
    """In lower case, without ports."""
    names = ("localhost", settings.portal_host, *settings.allowed_hosts.split(","))
    return frozenset(name.lower() for name in names if name)


def is_known(host: str, known: frozenset[str]) -> bool:
    """Whether a ``Host`` header names one of us. Any address does: only names can be pointed elsewhere."""
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = found[1].lower().strip("[]").rstrip(".")
    return name in known or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
