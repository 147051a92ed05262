"""What an artifact must not carry: keys of other systems, and links that work for anyone who holds them."""

from collections.abc import Iterator, Mapping
from typing import cast
from urllib.parse import urlsplit

from services.kit.redaction.text import is_forbidden, redact
from services.work.artifacts import messages

_UNSAFE = {"data", "file", "javascript", "vbscript", "blob"}
_LONGEST_QUOTE = 60


def fault_of_uri(uri: str) -> str | None:
    """Why a storage URI cannot be kept; None when it can."""
    if redact(uri) != uri:
        return messages.SIGNED_URL
    try:
        scheme = urlsplit(uri).scheme.lower()
    except ValueError:
        return messages.NOT_AN_ADDRESS
    return messages.scheme_not_allowed(scheme) if scheme in _UNSAFE else None


def fault_of_metadata(metadata: Mapping[str, object]) -> str | None:
    for key, value in _leaves(metadata):
        if is_forbidden(key):
            return f"must not contain secrets: {key[:_LONGEST_QUOTE]}"
        if isinstance(value, str) and redact(value) != value:
            return f"must not contain secrets: {key[:_LONGEST_QUOTE]} holds one, or a signed URL"
    return None


def _leaves(value: object, key: str = "") -> Iterator[tuple[str, object]]:
    """Every key with its value, at any depth; what stands in a list has the list's key."""
    yield key, value
    if isinstance(value, dict):
        for name, inner in cast("dict[str, object]", value).items():
            yield from _leaves(inner, name)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _leaves(inner, key)
