"""How many Idempotency-Keys a user may send: what was answered to each is kept for a day."""

import math

_MOST, _WITHIN = 600, 60.0


class KeyRate:
    """Counts in this process alone, in minutes that begin with a user's first key."""

    def __init__(self) -> None:
        self._minutes: dict[str, tuple[float, set[int]]] = {}

    def wait(self, user_id: str, key: str, now: float) -> int:
        """Seconds until this key may be sent; 0 when it may be at ``now``. One that was sent before never waits."""
        began, keys = self._minutes.get(user_id, (now, set[int]()))
        if now - began >= _WITHIN:
            began, keys = now, set[int]()
        self._minutes[user_id] = began, keys
        if hash(key) not in keys and len(keys) >= _MOST:
            return math.ceil(began + _WITHIN - now)
        keys.add(hash(key))
        return 0
