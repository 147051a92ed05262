"""The ``Idempotency-Key`` of a request: sent twice to the same address by the same user, it has one effect."""

import re
from typing import Any

from litestar import Request

from contracts.values import derived_id
from services.portal.http.errors import BadInput

_HEADER = "idempotency-key"
_KEY = re.compile(r"[!-~]{1,200}")


def key_of(request: Request[Any, Any, Any], user_id: str) -> str | None:
    """Nobody can meet another user's key, nor their own at another address. Raises BadInput for one that is none."""
    sent = request.headers.get(_HEADER)
    if sent is None:
        return None
    if not _KEY.fullmatch(sent):
        reason = "must have 1 to 200 visible ASCII characters"
        raise BadInput(f"Idempotency-Key {reason}", {"Idempotency-Key": reason})
    return derived_id(f"{user_id}\n{request.method}\n{request.url.path}\n{sent}")
