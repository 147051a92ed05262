"""An export as one zip archive, packed while it is sent."""

import asyncio
import datetime as dt
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED

from litestar.response import Stream
from zipstream import ZipStream  # pyright: ignore[reportMissingTypeStubs]  # it has none

from contracts.transfer.exports import MANIFEST_FILE, Manifest
from services.portal.files.names import disposition
from services.portal.http.headers import SANDBOX

_CHUNK = 256 * 1024
_LEVEL = 6


def archive_name(manifest: Manifest) -> str:
    return f"dataops-export-{manifest.generated_at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}.zip"


def archive(directory: Path, manifest: Manifest) -> AsyncIterator[bytes]:
    """Zip the files of an export, the manifest last. They are opened at once: the directory may go before the end.

    Each is added with its size, so that only members beyond 2 GiB get zip64 records: readers of streams, such as
    ZipInputStream of Java 17 and the npm package unzipper, take those of a smaller member for damage.
    """
    opened = ExitStack()
    packing: Any = ZipStream(compress_type=ZIP_DEFLATED, compress_level=_LEVEL)
    for name in (*manifest.entity_files.values(), MANIFEST_FILE):
        file = opened.enter_context((directory / name).open("rb"))
        packing.add(_chunks(file), name, size=os.fstat(file.fileno()).st_size)
    return _sent(iter(packing), opened)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


async def _sent(packing: Iterator[bytes], opened: ExitStack) -> AsyncIterator[bytes]:
    with opened:
        while (chunk := await asyncio.to_thread(next, packing, None)) is not None:
            yield chunk


def attachment(name: str, chunks: AsyncIterator[bytes]) -> Stream:
    headers = {"content-disposition": disposition(name), **SANDBOX}
    return Stream(chunks, headers=headers, media_type="application/zip")
