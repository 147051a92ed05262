"""How often a sign-in may fail before the next one has to wait, also after a restart.

Only failures count, so many quick sign-ins that succeed never wait. While a limit is reached the right password is
refused too: otherwise waiting would tell whether a guess was right.
"""

import datetime as dt
import math
from dataclasses import dataclass

from services.portal.store import PortalStore


@dataclass(frozen=True)
class Limit:
    failures: int
    window: dt.timedelta


PAIR = Limit(5, dt.timedelta(minutes=1))
ACCOUNT = Limit(15, dt.timedelta(minutes=15))
ADDRESS = Limit(40, dt.timedelta(minutes=15))


class Throttle:
    def __init__(self, store: PortalStore) -> None:
        self._store = store

    async def wait(self, email: str, address: str, now: dt.datetime) -> int:
        """Seconds until this account may be tried from this address again; 0 when it may be now."""
        ends = await self._reached(email, address, now)
        return math.ceil((max(ends.values()) - now).total_seconds()) if ends else 0

    async def is_first_refusal(self, email: str, address: str, now: dt.datetime) -> bool:
        """Whether nobody was made to wait yet in the window that is at fault: a flood is one row of the audit."""
        ends = await self._reached(email, address, now)
        return bool(ends) and await self._store.note_refusal(max(ends, key=lambda key: ends[key]))

    async def failed(self, email: str, address: str, now: dt.datetime) -> None:
        for key, limit in _limits(email, address).items():
            await self._store.count_failure(key, now, limit.window)

    async def succeeded(self, email: str, address: str) -> None:
        """Clears only what this account did from this address: an own account must not reset anybody else's count."""
        await self._store.forget_failures(_pair(email, address))

    async def _reached(self, email: str, address: str, now: dt.datetime) -> dict[str, dt.datetime]:
        """The limits that are reached, and until when they hold."""
        limits = _limits(email, address)
        failures = await self._store.failures(list(limits), now)
        return {key: until for key, (count, until) in failures.items() if count >= limits[key].failures}


def _pair(email: str, address: str) -> str:
    return f"{address} {email}"


def _limits(email: str, address: str) -> dict[str, Limit]:
    return {_pair(email, address): PAIR, f"account {email}": ACCOUNT, f"address {address}": ADDRESS}
