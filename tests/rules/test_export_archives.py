"""The zip archive of an export: what other people's readers make of it, and what packing it costs."""

import hashlib
import shutil
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.transfer.exports import MANIFEST_FILE, Manifest
from services.portal.exports.archives import archive

READERS = Path(__file__).parents[1] / "archive_readers"
MEGABYTE = 2**20
SIGNATURES = b"PK\x03\x04 PK\x07\x08 PK\x01\x02 PK\x05\x06\n"
BODIES = {
    "users.jsonl": b"",
    "tasks.jsonl": b'{"task_id":"t1"}\n',
    "bundles.jsonl": SIGNATURES * 10_000,
    "windows.jsonl": b"".join(b'{"window_id":"%064x"}\n' % (number * 7919) for number in range(60_000)),
    MANIFEST_FILE: b"{}\n",
}
SMALL_DESCRIPTOR_BYTES = 16


def written(directory: Path, bodies: dict[str, bytes]) -> Manifest:
    directory.mkdir()
    for name, body in bodies.items():
        (directory / name).write_bytes(body)
    names = {name.partition(".")[0]: name for name in bodies if name != MANIFEST_FILE}
    return Manifest.model_construct(entity_files=names)


async def packed(directory: Path, bodies: dict[str, bytes]) -> Path:
    """The path of the archive. What was packed is gone from the disk before the first byte is read."""
    chunks = archive(directory, written(directory, bodies))
    shutil.rmtree(directory)
    path = directory.with_suffix(".zip")
    with path.open("wb") as file:
        async for chunk in chunks:
            file.write(chunk)
    return path


@pytest.fixture
async def packed_archive(tmp_path: Path) -> Path:
    return await packed(tmp_path / "export", BODIES)


def digests(bodies: dict[str, bytes]) -> list[str]:
    return [f"{hashlib.sha256(body).hexdigest()} {name}" for name, body in bodies.items()]


@pytest.mark.requirement("R-EXP-1")
def test_archive_has_no_zip64_record_for_small_members(packed_archive: Path) -> None:
    """The descriptor behind a member is 16 bytes then, of which readers of streams are sure."""
    raw = packed_archive.read_bytes()
    with zipfile.ZipFile(packed_archive) as opened:
        members = opened.infolist()
        assert opened.testzip() is None
    assert [member.filename for member in members] == list(BODIES)
    ends = [*(member.header_offset for member in members[1:]), raw.index(b"PK\x01\x02", members[-1].header_offset)]
    for member, end in zip(members, ends, strict=True):
        header = member.header_offset
        name, extra = (int.from_bytes(raw[header + at : header + at + 2], "little") for at in (26, 28))
        assert extra == 0, member.filename
        assert end - header - 30 - name - member.compress_size == SMALL_DESCRIPTOR_BYTES, member.filename


@pytest.mark.requirement("R-EXP-1")
async def test_packing_memory_does_not_grow_with_the_export(tmp_path: Path) -> None:
    line = b'{"history_id":"00000000-0000-0000-0000-000000000000"}\n'
    body = line * (32 * MEGABYTE // len(line))
    chunks = archive(tmp_path / "export", written(tmp_path / "export", {"history.jsonl": body, MANIFEST_FILE: b"{}\n"}))
    del body
    tracemalloc.start()
    try:
        async for _ in chunks:
            pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * MEGABYTE


def printed(*command: str | Path) -> list[str]:
    ended = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


def needed(name: str) -> str:
    return shutil.which(name) or pytest.skip(f"{name} is not on this machine")


def read_with_java(path: Path, _: Path) -> list[str]:
    java = needed("java")
    needed("javac")
    return printed(java, READERS / "ReadZipStream.java", path)


def read_with_npm(script: str) -> Callable[[Path, Path], list[str]]:
    def read(path: Path, workshop: Path) -> list[str]:
        node, npm = needed("node"), needed("npm")
        shutil.copytree(READERS, workshop)
        installing = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"]
        installed = subprocess.run(installing, cwd=workshop, capture_output=True, timeout=100, check=False)
        if installed.returncode:
            pytest.skip("npm cannot install the readers here")
        return printed(node, workshop / script, path)

    return read


def read_with_bsdtar(path: Path, workshop: Path) -> list[str]:
    """From a pipe, which cannot be read twice."""
    bsdtar = needed("bsdtar")
    workshop.mkdir()
    with path.open("rb") as file:
        piped = subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE)
        names = subprocess.run(
            [bsdtar, "-xvf", "-", "-C", workshop], stdin=piped.stdout, capture_output=True, text=True, check=True
        )
        assert piped.stdout is not None
        piped.stdout.close()
        piped.wait()
    extracted = [line.removeprefix("x ") for line in names.stderr.splitlines()]
    return digests({name: (workshop / name).read_bytes() for name in extracted})


READ_WITH_STREAM_UNZIP = """
import hashlib, sys
from stream_unzip import stream_unzip
with open(sys.argv[1], "rb") as file:
    for name, _, chunks in stream_unzip(iter(lambda: file.read(65536), b"")):
        digest = hashlib.sha256()
        for chunk in chunks:
            digest.update(chunk)
        print(digest.hexdigest(), name.decode())
"""


def read_with_stream_unzip(path: Path, workshop: Path) -> list[str]:
    made = subprocess.run([sys.executable, "-m", "venv", workshop], capture_output=True, timeout=60, check=False)
    pip = [workshop / "bin" / "pip", "-q", "install", "stream-unzip==0.0.101"]
    if made.returncode or subprocess.run(pip, capture_output=True, timeout=100, check=False).returncode:
        pytest.skip("stream-unzip cannot be installed here")
    return printed(workshop / "bin" / "python", "-c", READ_WITH_STREAM_UNZIP, path)


@pytest.mark.soak
@pytest.mark.timeout(300)
@pytest.mark.requirement("R-EXP-1")
@pytest.mark.parametrize(
    "read",
    [
        pytest.param(read_with_java, id="java.util.zip.ZipInputStream"),
        pytest.param(read_with_npm("read_with_unzipper.cjs"), id="unzipper"),
        pytest.param(read_with_npm("read_with_yauzl.cjs"), id="yauzl"),
        pytest.param(read_with_bsdtar, id="bsdtar"),
        pytest.param(read_with_stream_unzip, id="stream-unzip"),
    ],
)
def test_other_peoples_readers_read_the_archive(
    read: Callable[[Path, Path], list[str]], packed_archive: Path, tmp_path: Path
) -> None:
    assert read(packed_archive, tmp_path / "workshop") == digests(BODIES)
