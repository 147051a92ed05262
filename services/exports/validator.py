"""Validates an export of any size: each file is read twice, and of its records only the ids are kept."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from contracts.transfer.export_records import Entity
from contracts.transfer.exports import MANIFEST_FILE
from services.exports.checks.fields import Record, field_problems
from services.exports.checks.manifest import (
    Manifest,
    files_of,
    is_ours,
    manifest_problems,
    read_manifest,
    section,
)
from services.exports.checks.records_read import Known
from services.exports.checks.relations import relation_problems
from services.exports.checks.secrets import secrets_in
from services.exports.checks.single_record import RULES
from services.exports.entities import SHAPES
from services.exports.faults import Faults, Level, Problem, quoted
from services.exports.reader.container import Container, Unreadable, opened
from services.exports.reader.lines import Reading

Judge = Callable[[Record, Entity], Iterator[Problem]]


@dataclass
class Report:
    """``counts``: records of each entity that were read. ``manifest`` is None when there is none to speak of."""

    faults: Faults = field(default_factory=Faults)
    counts: dict[Entity, int] = field(default_factory=dict[Entity, int])
    manifest: Manifest | None = None
    known: Known = field(default_factory=Known)

    @property
    def valid(self) -> bool:
        return self.faults.error_count == 0


def validate(path: Path) -> Report:
    """Every fault of an export in a directory or zip archive; none of them is raised."""
    report = Report()
    try:
        with opened(path) as container:
            _validate(container, report)
    except Unreadable as error:
        report.faults.of_file(str(path), str(error))
    report.faults.sort(list(files_of(report.manifest).values()) if report.manifest else [])
    return report


def _validate(container: Container, report: Report) -> None:
    try:
        manifest = report.manifest = read_manifest(container)
    except Unreadable as error:
        report.faults.of_file(MANIFEST_FILE, str(error))
        return
    report.faults.refuses_strict = is_ours(manifest)
    for problem in manifest_problems(manifest):
        report.faults.of_manifest(problem)
    _check_names(container, manifest, report.faults)
    files = files_of(manifest)
    for entity, file in files.items():
        report.known.begin()
        report.counts[entity] = _read(container, file, entity, manifest, report)
    for entity, file in files.items():
        _relate(container, file, entity, report)


def _check_names(container: Container, manifest: Manifest, faults: Faults) -> None:
    listed = {*files_of(manifest).values(), MANIFEST_FILE}
    for name in container.names():
        if "/" in name or "\\" in name:
            faults.of_file(quoted(name), "is in a folder; an export has no folders", Level.STRICT)
        elif name.endswith(".jsonl") and name not in listed:
            faults.of_file(quoted(name), "is not listed in the manifest", Level.STRICT)


def _read(container: Container, file: str, entity: Entity, manifest: Manifest, report: Report) -> int:
    """The first pass: the file as a whole, and each record for itself. Returns how many records there are."""

    def judge(record: Record, entity: Entity) -> Iterator[Problem]:
        yield from report.known.learn(entity, record)
        yield from field_problems(record, entity)
        for rule in RULES.get(entity, ()):
            yield from rule(record)
        yield from secrets_in(record, SHAPES[entity].scanned)

    faults, count = report.faults, 0
    try:
        with container.open(file) as stream:
            reading = Reading(stream)
            for line in reading.lines():
                count += line.record is not None
                if line.fault is not None:
                    faults.of_file(file, f"line {line.number} {line.fault}", line=line.number)
                if line.record is not None:
                    _judge(line.record, entity, file, line.number, judge, faults)
    except Unreadable as error:
        faults.of_file(file, str(error))
        return count
    if not reading.ends_with_newline:
        faults.of_file(file, "must end with a newline", Level.STRICT)
    _compare(file, entity, manifest, reading, count, faults)
    return count


def _compare(file: str, entity: Entity, manifest: Manifest, reading: Reading, count: int, faults: Faults) -> None:
    stated = section(manifest, "checksums").get(file)
    if stated == reading.checksum_before_changes and reading.changes:
        faults.of_file(file, f"{' and '.join(reading.changes)}; it is taken as it was before", Level.NOTE)
    elif stated != reading.checksum:
        faults.of_file(file, "checksum mismatch: the manifest names another one, or none")
    stated_count = section(manifest, "entity_counts").get(entity)
    if isinstance(stated_count, bool) or stated_count != count:
        faults.of_file(file, f"count mismatch: the manifest says {quoted(stated_count)}, the file has {count}")


def _relate(container: Container, file: str, entity: Entity, report: Report) -> None:
    """The second pass: what refers to what. Faults of reading were told by the first."""

    def judge(record: Record, entity: Entity) -> Iterator[Problem]:
        yield from relation_problems(record, entity, report.known)

    try:
        with container.open(file) as stream:
            for line in Reading(stream).lines():
                if line.record is not None:
                    _judge(line.record, entity, file, line.number, judge, report.faults)
    except Unreadable:
        return


def _judge(record: Record, entity: Entity, file: str, line: int, judge: Judge, faults: Faults) -> None:
    for problem in judge(record, entity):
        faults.of_record(file, entity, line - 1, problem)
