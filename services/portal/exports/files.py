"""The files of an export: records hashed while they are written, and a manifest that is written last."""

import hashlib
import json
import os
from pathlib import Path

from contracts.transfer.export_records import Entity
from contracts.transfer.exports import MANIFEST_FILE, Manifest


class EntityFile:
    """The records of one entity. Empty when nothing is written."""

    def __init__(self, directory: Path, entity: Entity) -> None:
        self.name = entity.file_name
        self.count = 0
        self.size = 0
        self._digest = hashlib.sha256()
        self._file = (directory / self.name).open("wb")

    def write(self, lines: str, count: int) -> None:
        data = lines.encode()
        self._file.write(data)
        self._digest.update(data)
        self.count += count
        self.size += len(data)

    def close(self) -> None:
        """Once this returns, the records survive a power cut."""
        with self._file:
            self._file.flush()
            os.fsync(self._file.fileno())

    @property
    def checksum(self) -> str:
        return f"sha256:{self._digest.hexdigest()}"


def write_manifest(directory: Path, manifest: Manifest) -> None:
    text = json.dumps(manifest.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"
    with (directory / MANIFEST_FILE).open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    sync_directory(directory)


def sync_directory(directory: Path) -> None:
    """Make the names in it durable; Windows has no such call."""
    if os.name == "nt":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
