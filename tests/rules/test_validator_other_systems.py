"""Exports that another system packed or saved again: the harmless is taken, the cause of the rest named in a line."""

import codecs
import io
import shutil
import subprocess
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from services.cli.commands.import_export import is_importable, opened_export
from services.exports.validator import validate
from tests.rules.valid_export import Export

pytestmark = [pytest.mark.requirement("R-EXP-4"), pytest.mark.filterwarnings("ignore:Duplicate name")]
Files = dict[str, bytes]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    directory = Export().write(tmp_path / "export")
    return {file.name: file.read_bytes() for file in sorted(directory.iterdir())}


def packed(path: Path, members: list[tuple[str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members:
            information = zipfile.ZipInfo("x")
            information.filename = name  # as it is, also with a backslash
            information.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(information, body)
    return path


def named(pattern: str) -> Callable[[Files], list[tuple[str, bytes]]]:
    return lambda files: [(pattern.format(name), body) for name, body in files.items()]


def beside(*names: str, inside: str = "{}") -> Callable[[Files], list[tuple[str, bytes]]]:
    return lambda files: [*((name, b"\0\5\x16\7") for name in names), *named(inside)(files)]


TAKEN: dict[str, Callable[[Files], list[tuple[str, bytes]]]] = {
    "dot-slash": named("./{}"),
    "dot-slash twice": named("././{}"),
    "folder": named("dataops-export-20280202T080000Z/{}"),
    "two folders": named("backup/monday/{}"),
    "folder with entries": lambda files: [("export/", b""), ("./", b""), *named("export/{}")(files)],
    "backslash": named("export\\{}"),
    "dot-backslash": named(".\\{}"),
    "macOS": beside(
        "__MACOSX/", "__MACOSX/._tasks.jsonl", "__MACOSX/export/._users.jsonl", ".DS_Store", inside="export/{}"
    ),
    "resource forks": beside("._tasks.jsonl", "._manifest.json"),
    "Windows": beside("Thumbs.db", "desktop.ini"),
    "network drive": beside("@eaDir/tasks.jsonl@SynoEAStream"),
    "note": beside("README.txt"),
}


@pytest.mark.parametrize("pack", TAKEN.values(), ids=TAKEN)
def test_harmless_packing_is_taken(
    pack: Callable[[Files], list[tuple[str, bytes]]], files: Files, tmp_path: Path
) -> None:
    archive = packed(tmp_path / "export.zip", pack(files))
    report = validate(archive)
    assert [fault.message for fault in (*report.faults.errors, *report.faults.warnings)] == []
    assert report.counts == validate(tmp_path / "export").counts
    with opened_export(archive, report) as export:
        assert len(list(export.records("tasks"))) == report.counts["tasks"]


REFUSED: dict[str, tuple[Callable[[Files], list[tuple[str, bytes]]], str]] = {
    "twice": (lambda files: [*named("{}")(files), ("tasks.jsonl", b"")], "has two members named tasks.jsonl"),
    "twice, once with ./": (
        lambda files: [*named("{}")(files), ("./tasks.jsonl", b"")],
        "has two members named tasks.jsonl",
    ),
    "two exports": (
        lambda files: [*named("monday/{}")(files), *named("friday/{}")(files)],
        "holds 2 exports (monday/, friday/); pack one alone",
    ),
    "leads elsewhere": (
        beside("../../evil.jsonl"),
        "has a member ../../evil.jsonl, whose name leads elsewhere; an export is flat",
    ),
    "leads elsewhere on Windows": (
        beside("..\\evil.jsonl"),
        "has a member ..\\evil.jsonl, whose name leads elsewhere; an export is flat",
    ),
    "absolute": (beside("/etc/x"), "has a member /etc/x, whose name leads elsewhere; an export is flat"),
    "drive": (beside("C:\\x"), "has a member C:\\x, whose name leads elsewhere; an export is flat"),
    "archive in it": (
        lambda files: [("dataops-export.zip", b"PK")],
        "holds another archive, dataops-export.zip, and no export; unpack it and name that one",
    ),
    "many members": (
        lambda files: [*named("{}")(files), *((f"{n}.txt", b"") for n in range(1_000))],
        "members in",
    ),
}


@pytest.mark.parametrize(("pack", "reason"), REFUSED.values(), ids=REFUSED)
def test_unsafe_packing_is_refused_in_one_line(
    pack: Callable[[Files], list[tuple[str, bytes]]], reason: str, files: Files, tmp_path: Path
) -> None:
    archive = packed(tmp_path / "export.zip", pack(files))
    report = validate(archive)
    [fault] = report.faults.errors
    assert reason in fault.message
    assert not is_importable(report)


def test_link_in_an_archive_is_refused(files: Files, tmp_path: Path) -> None:
    archive = packed(
        tmp_path / "export.zip", named("{}")({name: files[name] for name in files if name != "tasks.jsonl"})
    )
    with zipfile.ZipFile(archive, "a") as opened:
        link = zipfile.ZipInfo("tasks.jsonl")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        opened.writestr(link, "/etc/passwd")
    [fault] = validate(archive).faults.errors
    assert fault.message == f"{archive} has tasks.jsonl as a symbolic link"


def tar_of(files: Files, mode: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:
        for name, body in files.items():
            member = tarfile.TarInfo(f"./{name}")
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("w:", "a tar archive"),
        ("w:gz", "compressed with gzip"),
        ("w:bz2", "compressed with bzip2"),
        ("w:xz", "compressed with xz"),
    ],
)
def test_other_kinds_of_archive_are_named(mode: str, kind: str, files: Files, tmp_path: Path) -> None:
    """``tar -a`` of GNU packs a tar archive whatever the name says."""
    archive = tmp_path / "export.zip"
    archive.write_bytes(tar_of(files, mode))
    [fault] = validate(archive).faults.errors
    assert fault.message == f"{archive} is {kind}, not a zip archive; unpack it and name the directory"


def saved(files: Files, directory: Path, change: Callable[[bytes], bytes], *, names: str = "") -> Path:
    directory.mkdir()
    for name, body in files.items():
        (directory / name).write_bytes(change(body) if names in name else body)
    return directory


def crlf(body: bytes) -> bytes:
    return body.replace(b"\n", b"\r\n")


def marked(body: bytes) -> bytes:
    return codecs.BOM_UTF8 + body


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (crlf, "tasks.jsonl has the line ends of Windows; it is taken as it was before"),
        (marked, "tasks.jsonl begins with a byte order mark; it is taken as it was before"),
        (
            lambda body: marked(crlf(body)),
            "tasks.jsonl begins with a byte order mark and has the line ends of Windows; it is taken as it was before",
        ),
    ],
)
def test_files_saved_on_windows_are_taken_and_told(
    change: Callable[[bytes], bytes], words: str, files: Files, tmp_path: Path
) -> None:
    report = validate(saved(files, tmp_path / "saved", change))
    assert [fault.message for fault in report.faults.errors] == []
    assert words in [fault.message for fault in report.faults.warnings]
    assert is_importable(report)


@pytest.mark.parametrize("name", ["tasks.jsonl", "manifest.json"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_named_as_the_cause(name: str, encoding: str, files: Files, tmp_path: Path) -> None:
    directory = saved(files, tmp_path / "saved", lambda body: body.decode().encode(encoding), names=name)
    [fault] = [one for one in validate(directory).faults.errors if one.file == name]
    assert fault.message == f"{name} is UTF-16, an export is UTF-8; take the file as it was exported"


def test_line_ends_that_hide_a_change_stay_a_mismatch(files: Files, tmp_path: Path) -> None:
    directory = saved(files, tmp_path / "saved", lambda body: crlf(body).replace(b"sponsor", b"tax man"))
    assert any("tasks.jsonl checksum mismatch" in fault.message for fault in validate(directory).faults.errors)


def test_unpacked_folder_in_a_directory_is_taken(files: Files, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    saved(files, outer / "dataops-export", lambda body: body)
    (outer / ".DS_Store").write_bytes(b"x")
    (outer / "dataops-export" / "._tasks.jsonl").write_bytes(b"x")
    assert validate(outer).valid


def test_bomb_is_refused_before_it_is_unpacked(files: Files, tmp_path: Path) -> None:
    archive = tmp_path / "export.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, body in files.items():
            if name != "tasks.jsonl":
                opened.writestr(name, body)
        with opened.open("tasks.jsonl", "w") as member:
            for _ in range(128):
                member.write(bytes(2**20))
    tracemalloc.start()
    try:
        [fault] = validate(archive).faults.errors
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "has tasks.jsonl of 134217728 bytes packed into" in fault.message
    assert peak < 4 * 2**20


@pytest.mark.parametrize("arguments", [("-acf",), ("--format", "zip", "-cf")])
def test_export_packed_again_by_bsdtar_is_taken(arguments: tuple[str, ...], files: Files, tmp_path: Path) -> None:
    bsdtar = shutil.which("bsdtar")
    if bsdtar is None:
        pytest.skip("bsdtar is not on this machine")
    archive = tmp_path / "again.zip"
    subprocess.run([bsdtar, *arguments, archive, "-C", tmp_path / "export", "."], check=True)
    with zipfile.ZipFile(archive) as opened:
        assert "./manifest.json" in opened.namelist()
    assert [fault.message for fault in validate(archive).faults.errors] == []
