"""Pages, styles and scripts leave compressed: rows repeat each other, so a long page shrinks to a tenth.

A page holds a secret, the form token, and may repeat what an address says. So that the compressed length does not tell
how alike the two are (BREACH), each response is lengthened by a random number of bytes.
"""

import gzip
import io
import secrets
from typing import cast

from litestar.types import HTTPResponseBodyEvent, HTTPResponseStartEvent, Message, Send

_TYPES = (b"text/html", b"text/css", b"text/javascript")
_WORTH_IT = 1_024
_LEVEL = 4
_MOST_NOISE = 100


def accepts_gzip(accept_encoding: str) -> bool:
    offers = [offer.replace(" ", "").lower().partition(";q=") for offer in accept_encoding.split(",")]
    return any(name == "gzip" and weight not in ("0", "0.0", "0.00", "0.000") for name, _, weight in offers)


def compressing(send: Send) -> Send:
    """Sends a text that comes in one piece compressed, and everything else as it is."""
    held: HTTPResponseStartEvent | None = None

    async def send_compressed(message: Message) -> None:
        nonlocal held
        if message["type"] == "http.response.start" and _is_text(message):
            held = message
            return
        if held is not None:
            start, held = held, None
            body = cast("HTTPResponseBodyEvent", message)
            if not body["more_body"] and len(body["body"]) >= _WORTH_IT:
                packed = _packed(body["body"])
                start["headers"] = [*_without_length(start), *_packed_headers(packed)]
                message = {**body, "body": packed}
            await send(start)
        await send(message)

    return send_compressed


def _is_text(start: HTTPResponseStartEvent) -> bool:
    return any(name.lower() == b"content-type" and value.startswith(_TYPES) for name, value in start["headers"])


def _packed(body: bytes) -> bytes:
    """The noise is the name of the file, which nobody reads."""
    noise = "x" * (1 + secrets.randbelow(_MOST_NOISE))
    packed = io.BytesIO()
    with gzip.GzipFile(noise, "wb", _LEVEL, packed, mtime=0) as file:
        file.write(body)
    return packed.getvalue()


def _without_length(start: HTTPResponseStartEvent) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]


def _packed_headers(packed: bytes) -> list[tuple[bytes, bytes]]:
    length = str(len(packed)).encode()
    return [(b"content-length", length), (b"content-encoding", b"gzip"), (b"vary", b"accept-encoding")]
