"""Archives and directories of exports, and what is in them."""

import io
import zipfile
from typing import Any


def files_of(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


DEEP: Any = 7
for _ in range(120):
    DEEP = [DEEP]
ODD: list[Any] = [None, [], {}, 7, -1, 1.5, 1e308, True, "", "x", [1], [None], [{}], [[]], {"a": 1}, {"type": []}]
