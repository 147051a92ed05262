"""Giving an uploaded file back: always as an attachment, never as a page of ours."""

from typing import Any

from litestar import Response
from litestar.response import Stream

from contracts.files import File
from services.portal.files import messages
from services.portal.files.byte_store import ByteStore
from services.portal.files.names import content_type, disposition
from services.portal.http.errors import BadInput
from services.portal.http.headers import SANDBOX


async def download(file: File, store: ByteStore) -> Response[Any]:
    """Chunk by chunk. Raises BadInput with status 404 when the bytes are lost."""
    found = await store.read(file.id)
    if found is None:
        raise BadInput(messages.CONTENT_NOT_FOUND, status=404)
    size, chunks = found
    headers = {
        "content-type": content_type(file.filename),
        "content-length": str(size),
        "content-disposition": disposition(file.filename),
        **SANDBOX,
    }
    return Stream(chunks, headers=headers, media_type=content_type(file.filename))
