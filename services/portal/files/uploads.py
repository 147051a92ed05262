"""Receiving a form with a file: fields are kept, the file goes straight to the store, and only a chunk is held."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from email.message import Message
from uuid import uuid4

from litestar.exceptions import InternalServerException
from multipart import (  # pyright: ignore[reportMissingTypeStubs]  # typed in its source, which is all that is read
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
)

from services.portal.files import messages
from services.portal.files.byte_store import ByteStore, Writing
from services.portal.http.errors import BadInput

MB = 1024 * 1024
FORM_BYTES = 64 * 1024
"""What may come around the file: its fields and the headers of its parts."""

_MOST_PARTS = 20
_LONGEST_FIELD = 8 * 1024


@dataclass
class Upload:
    """``file`` is None when no part had a file name."""

    fields: dict[str, str] = field(default_factory=dict[str, str])
    filename: str = ""
    file: Writing | None = None

    async def discard(self) -> None:
        if self.file is not None:
            await self.file.discard()


async def receive(
    chunks: AsyncIterator[bytes],
    content_type: str,
    store: ByteStore,
    *,
    largest: int,
    before_file: Callable[[dict[str, str]], None] = lambda _: None,
) -> Upload:
    """Raises BadInput for what cannot be read and, with status 413, for a file of more than ``largest`` bytes.

    ``before_file`` sees the fields that came before the file, and may raise before a byte of it is kept. Whatever is
    raised, the bytes that had arrived are gone again.
    """
    receiver = _Receiver(store, largest, before_file)
    try:
        with _parser(content_type) as parser:
            async for chunk in chunks:
                for event in parser.parse(chunk) if chunk else ():
                    await receiver.take(event)
        await receiver.finish()
    except BaseException as error:
        await receiver.upload.discard()
        if isinstance(error, MultipartError):
            raise BadInput(messages.form_unreadable(error)) from None
        if isinstance(error, InternalServerException):
            raise BadInput(messages.UPLOAD_BROKE_OFF) from None
        raise
    return receiver.upload


def _parser(content_type: str) -> PushMultipartParser:
    header = Message()
    header["content-type"] = content_type
    boundary = header.get_boundary("")
    if header.get_content_type() != "multipart/form-data" or not 1 <= len(boundary) <= 200 or not boundary.isascii():
        raise BadInput(messages.NOT_MULTIPART)
    return PushMultipartParser(boundary, max_segment_count=_MOST_PARTS)


class _Receiver:
    """Takes the parser's events: a part begins, some of its bytes, None for its end."""

    def __init__(self, store: ByteStore, largest: int, before_file: Callable[[dict[str, str]], None]) -> None:
        self.upload = Upload()
        self._store = store
        self._largest = largest
        self._before_file = before_file
        self._name = ""
        self._text: bytearray | None = None

    async def take(self, event: "MultipartSegment | bytes | bytearray | None") -> None:
        match event:
            case MultipartSegment():
                await self._begin(event)
            case None:
                self._end()
            case _:
                await self._add(bytes(event))

    async def finish(self) -> None:
        if self.upload.file is not None:
            await self.upload.file.finish()

    async def _begin(self, part: MultipartSegment) -> None:
        self._name, self._text = part.name or "", None
        if not part.filename:
            self._text = bytearray()
            return
        if self.upload.file is not None:
            raise BadInput(messages.ONE_AT_A_TIME, {"file": messages.IS_GIVEN_TWICE})
        self._before_file(self.upload.fields)
        self.upload.filename = part.filename
        self.upload.file = await self._store.begin(str(uuid4()))

    async def _add(self, chunk: bytes) -> None:
        if self._text is not None:
            self._text += chunk
            if len(self._text) > _LONGEST_FIELD:
                raise BadInput(messages.field_too_long(self._name), {self._name: messages.IS_TOO_LONG})
            return
        file = self.upload.file
        assert file is not None
        if file.size + len(chunk) > self._largest:
            raise BadInput(too_large(self._largest), {"file": messages.IS_TOO_LARGE}, status=413)
        await file.write(chunk)

    def _end(self) -> None:
        if self._text is None:
            return
        if self._name in self.upload.fields:
            raise BadInput(messages.field_twice(self._name), {self._name: messages.IS_GIVEN_TWICE})
        try:
            self.upload.fields[self._name] = self._text.decode()
        except UnicodeDecodeError:
            raise BadInput(messages.field_not_utf8(self._name), {self._name: messages.IS_NOT_UTF8}) from None


def too_large(largest: int) -> str:
    return messages.too_large(largest // MB)
