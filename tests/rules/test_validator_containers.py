"""Exports that are broken as files: told by place, never raised, however they are broken."""

import copy
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.transfer.export_records import Entity, line_of
from services.cli import main as command
from services.exports.entities import SHAPES
from services.exports.validator import validate
from tests.rules.valid_export import RECORDS, Export, Record
from tests.support.exports import ODD

pytestmark = pytest.mark.requirement("R-EXP-4")
DEEP = b'{"task_id":' + b"[" * 30_000 + b"]" * 30_000 + b"}\n"
LINES = {
    b"null\n": "line 1 is null, not an object",
    b"[]\n": "line 1 is an array, not an object",
    b"7\n": "line 1 is a number, not an object",
    b'{"task_id":\n': "line 1 is not JSON",
    b'{"task_id":"a"} x\n': "line 1 is not JSON",
    b'{"task_id":"a","task_id":"b"}\n': "line 1 is not JSON: a key is given twice",
    b'{"task_id":"\xff"}\n': "line 1 is not JSON: not UTF-8",
    b'{"task_id":"\\ud800"}\n': "line 1 is not JSON: half of a surrogate pair",
    b'{"size":NaN}\n': "line 1 is not JSON: NaN is no number",
    b'{"size":1e999}\n': "line 1 is not JSON: a number is too large",
    b'{"size":' + b"9" * 5_000 + b"}\n": "line 1 is not JSON: a number is too large",
    b'{"size":9223372036854775808}\n': "line 1 is not JSON: a number is too large",
    b'{"a\\u0000b":1}\n': "line 1 is not JSON: a key holds a NUL",
    DEEP: "line 1 is not JSON: nested too deep",
    b"\n" + line_of(RECORDS[Entity.TASKS][0]).encode(): "line 1 is blank",
    b"\x00\x01\x02": "line 1 is not JSON",
}
MANIFESTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "schema_version must be dataops.execution.v1": lambda it: it.update(schema_version="other"),
    "export_format_version must be 1": lambda it: it.update(export_format_version=2),
    "generated_at must be a parseable date or timestamp": lambda it: it.update(generated_at="soon"),
    "redactions must contain users.password_hash": lambda it: it.update(redactions=["sessions"]),
    "redactions must contain sessions": lambda it: it.update(redactions="sessions"),
    "omitted_entities must contain sessions": lambda it: it.pop("omitted_entities"),
    "omitted_entities must not list artifacts": lambda it: it["omitted_entities"].append("artifacts"),
    "source_region must be a string": lambda it: it.pop("source_region"),
    "entity_files must be an object": lambda it: it.update(entity_files=[]),
    "entity_files is missing artifacts": lambda it: it["entity_files"].pop("artifacts"),
    "entity_files.users must be the plain name of a file": lambda it: it["entity_files"].update(users="../users.jsonl"),
    "entity_files has the unknown entity sessions": lambda it: it["entity_files"].update(sessions="sessions.jsonl"),
    "entity_counts.users must be a whole number": lambda it: it["entity_counts"].update(users=-1),
    "tasks.jsonl count mismatch": lambda it: it["entity_counts"].update(tasks=4),
    "users.jsonl count mismatch": lambda it: it["entity_counts"].update(users="NaN"),
    "tasks.jsonl checksum mismatch": lambda it: it["checksums"].update({"tasks.jsonl": f"sha256:{'0' * 64}"}),
    "nobody.jsonl is missing": lambda it: it["entity_files"].update(users="nobody.jsonl"),
}


def messages_of(path: Path) -> list[str]:
    """The messages of an invalid export."""
    report = validate(path)
    assert not report.valid
    return [fault.message for fault in report.faults.errors]


@pytest.mark.parametrize(("body", "message"), LINES.items(), ids=LINES.values())
def test_a_line_that_is_no_record(body: bytes, message: str, tmp_path: Path) -> None:
    export = Export()
    export.raw[Entity.TASKS] = body
    report = validate(export.write(tmp_path))
    assert [fault.line for fault in report.faults.errors if message in fault.message] == [1]


@pytest.mark.parametrize(("message", "spoil"), MANIFESTS.items(), ids=MANIFESTS)
def test_a_manifest_that_says_something_else(
    message: str, spoil: Callable[[dict[str, Any]], object], tmp_path: Path
) -> None:
    file = Export().write(tmp_path) / "manifest.json"
    manifest = json.loads(file.read_text())
    spoil(manifest)
    file.write_text(json.dumps(manifest))
    assert any(message in one for one in messages_of(tmp_path))


@pytest.mark.parametrize(
    "body", [b"null", b"[]", b"", b"{", b"\xff", b'{"a":NaN}', DEEP, b'{"schema_version":null}', b"{}"]
)
def test_a_manifest_that_is_none(body: bytes, tmp_path: Path) -> None:
    (Export().write(tmp_path) / "manifest.json").write_bytes(body)
    assert any("manifest" in one for one in messages_of(tmp_path))


def test_files_that_are_not_what_they_should_be(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.jsonl"
    elsewhere.write_text("")
    directory = Export().write(tmp_path / "export")
    (directory / "users.jsonl").unlink()
    (directory / "tasks.jsonl").unlink()
    (directory / "tasks.jsonl").symlink_to(elsewhere)
    (directory / "sessions.jsonl").write_text("")
    (directory / "history.jsonl").write_bytes((directory / "history.jsonl").read_bytes().rstrip(b"\n"))
    messages = messages_of(directory)
    for expected in (
        "users.jsonl is missing",
        "tasks.jsonl is not a regular file",
        "sessions.jsonl is not listed in the manifest",
        "history.jsonl must end with a newline",
    ):
        assert expected in messages


def test_an_archive_is_read_as_it_is(tmp_path: Path) -> None:
    directory, archive = Export().write(tmp_path / "export"), tmp_path / "export.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in directory.iterdir():
            packed.write(file, file.name)
    assert validate(archive).valid
    with zipfile.ZipFile(archive, "a") as packed:
        packed.writestr("../../evil.jsonl", "x")
    assert any("../../evil.jsonl, whose name leads elsewhere" in one for one in messages_of(archive))
    assert not (tmp_path.parent / "evil.jsonl").exists()


def test_archives_that_cannot_be_read(tmp_path: Path) -> None:
    directory, archive = Export().write(tmp_path / "export"), tmp_path / "export.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(directory.iterdir()):
            packed.write(file, file.name)
    whole = archive.read_bytes()
    damaged = bytearray(whole)
    at = whole.index(b"tasks.jsonl") + 60
    damaged[at : at + 40] = bytes(40)
    for number, body in enumerate((whole[: len(whole) // 2], whole[:10], b"", b"PK", bytes(damaged))):
        broken = tmp_path / f"broken-{number}.zip"
        broken.write_bytes(body)
        assert any("cannot be read" in one or "not JSON" in one for one in messages_of(broken))
    assert messages_of(tmp_path / "none.zip") == [f"{tmp_path / 'none.zip'} is missing"]
    os.mkfifo(tmp_path / "pipe")
    assert messages_of(tmp_path / "pipe") == [f"{tmp_path / 'pipe'} is neither a directory nor a file"]


def test_one_fault_among_very_many_lines(tmp_path: Path) -> None:
    export = Export()
    task = {name: value for name, value in RECORDS[Entity.TASKS][2].items() if name != "task_id"}
    begin = Export().records[Entity.TASKS]
    lines = [line_of(one) for one in begin]
    lines += [line_of({**task, "task_id": f"task-9{number:06}"}) for number in range(20_000)]
    lines[15_000] = lines[15_000].replace('"status":"done"', '"status":"dome"')
    export.raw[Entity.TASKS] = "".join(lines).encode()
    export.records[Entity.TASKS] = begin * (len(lines) // len(begin)) + begin[: len(lines) % len(begin)]
    report = validate(export.write(tmp_path))
    assert {(fault.file, fault.line) for fault in report.faults.errors} == {("tasks.jsonl", 15_001)}


def test_very_many_faults_are_counted(tmp_path: Path) -> None:
    export = Export()
    export.raw[Entity.HISTORY] = b"null\n" * 5_000
    report = validate(export.write(tmp_path))
    assert report.faults.error_count == 5_001  # and the count of the file
    assert len(report.faults.errors) == 1_000


WITHIN = {
    Entity.TASKS: ("proof_requirement/type", "proof_requirement/label", "validation/requiredBundleLinks"),
    Entity.TEMPLATES: (
        *(f"task_definitions/0/{name}" for name in ("refId", "offsetDays", "proofRequirement", "artifactRefs")),
        *("task_definitions/0/systems", "phases/0", "phases/0/id", "timeline/0", "timeline/0/since"),
    ),
    Entity.ASSISTANT_JOBS: ("approval/status", "approval/decidedBy", "output_artifact_ids/0"),
}


def test_nothing_that_json_can_say_in_a_field_is_raised(tmp_path: Path) -> None:
    export = Export()
    for entity, records in export.records.items():
        odd = [
            _with(record, path, value)
            for record in RECORDS[entity]
            for path in (*SHAPES[entity].fields, "odd", "unresolved_references", *WITHIN.get(entity, ()))
            for value in ODD
        ]
        records += [one for one in odd if one is not None]
    assert not validate(export.write(tmp_path)).valid


def _with(record: Record, path: str, value: object) -> Record | None:
    changed: Any = copy.deepcopy(record)
    owner = changed
    *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    for step in steps:
        if isinstance(owner, dict) and step not in owner:
            return None
        owner = owner[step]
    owner[last] = value
    return changed


def run(*arguments: object, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setattr("sys.argv", ["dataops", "validate-export", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        command.main()
    return ended.value.code or 0


def test_the_command_says_what_is_wrong_and_ends_with_a_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    valid = Export().write(tmp_path / "valid")
    spoiled = Export()
    spoiled.records[Entity.TASKS][0]["waiting_for"] = ""
    invalid = spoiled.write(tmp_path / "invalid")
    assert run(valid, monkeypatch=monkeypatch) == 0
    assert "Valid: 2 users, 3 tasks" in capsys.readouterr().out
    assert run(invalid, monkeypatch=monkeypatch) == 1
    output = capsys.readouterr().out
    assert "error: tasks.jsonl:1: tasks[0] missing required string field waiting_for\n" in output
    assert run(invalid, "--json", monkeypatch=monkeypatch) == 1
    result = json.loads(capsys.readouterr().out)
    assert (result["valid"], result["entityCounts"]["tasks"]) == (False, 3)
    assert result["errors"] == ["tasks[0] missing required string field waiting_for"]
    (fault,) = result["faults"]
    assert (fault["file"], fault["line"], fault["field"]) == ("tasks.jsonl", 1, "waiting_for")
    assert run(tmp_path / "nothing", "--json", monkeypatch=monkeypatch) == 1
    assert json.loads(capsys.readouterr().out)["valid"] is False
    assert run(monkeypatch=monkeypatch) == 2
    assert run(valid, "--odd", monkeypatch=monkeypatch) == 2
