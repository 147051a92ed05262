"""The headers that every response carries, whatever the route, the role or the status."""

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "object-src 'none'"
)
_SAFETY = {
    "content-security-policy": _CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",  # for browsers that do not know frame-ancestors
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
SAFETY: list[tuple[bytes, bytes]] = [(name.encode(), value.encode()) for name, value in _SAFETY.items()]
SANDBOX: dict[str, str] = {"content-security-policy": "sandbox; default-src 'none'"}
"""For what others wrote: should a browser show it after all, it can do nothing."""

NO_STORE: tuple[bytes, bytes] = (b"cache-control", b"no-store")
FOR_EVER: dict[str, str] = {"cache-control": "public, max-age=31536000, immutable"}


def completed(own: list[tuple[bytes, bytes]], *, request_id: str) -> list[tuple[bytes, bytes]]:
    """The headers of a response with those of every response; only what says it is immutable may be kept.

    A response may replace a header of every response by its own.
    """
    named = {name.lower() for name, _ in own}
    safety = [(name, value) for name, value in SAFETY if name not in named]
    caching = next((value for name, value in own if name.lower() == b"cache-control"), b"")
    others = [(name, value) for name, value in own if name.lower() != b"cache-control"]
    cached = (b"cache-control", caching) if b"immutable" in caching else NO_STORE
    return [*others, *safety, cached, (b"x-request-id", request_id.encode())]
