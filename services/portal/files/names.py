"""What a file is called: a label for people, cleaned of all that could mislead or be taken for a path."""

import re
import unicodedata
from urllib.parse import quote

_LONGEST = 120
_UNSEEN = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
_JOINER = "\u200d"
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_UNNAMED = "file"
_BINARY = "application/octet-stream"
_TYPES = {
    "txt": "text/plain",
    "html": "text/html",
    "css": "text/css",
    "js": "application/javascript",
    "json": "application/json",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "zip": "application/zip",
    "csv": "text/csv",
    "xml": "application/xml",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
CONTENT_TYPES = tuple(dict.fromkeys([*_TYPES.values(), _BINARY]))


def display_name(sent: str) -> str:
    """The last part of what a client called its file, as visible text of at most 120 characters.

    Invisible and direction-changing characters go, for ``exe.pdf`` must not read the other way round; the joiner of
    emoji stays. The extension survives the shortening, because it says what the file is.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", sent))[-1]
    visible = "".join(one for one in last if _is_visible(one)).strip(" .\t\u00a0")
    name = re.sub(r"\s+", " ", visible) or _UNNAMED
    if _DEVICE.fullmatch(name):
        name = f"_{name}"
    return _shortened(name)


def _is_visible(character: str) -> bool:
    category = unicodedata.category(character)
    return character == _JOINER or (category not in _UNSEEN and category != "Cf")


def _shortened(name: str) -> str:
    if len(name) <= _LONGEST:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 10:
        return name[:_LONGEST].rstrip()
    return stem[: _LONGEST - len(extension) - 1].rstrip() + dot + extension


def content_type(name: str) -> str:
    """By extension alone: what a client says of its file is not believed."""
    return _TYPES.get(name.rpartition(".")[2].lower(), _BINARY) if "." in name else _BINARY


def disposition(name: str) -> str:
    """RFC 6266: a plain name for old clients, and the exact one when that differs."""
    plain = "".join(one if " " <= one <= "~" and one not in '"\\%' else "_" for one in name)
    header = f'attachment; filename="{plain}"'
    return header if plain == name else f"{header}; filename*=UTF-8''{quote(name, safe='')}"
