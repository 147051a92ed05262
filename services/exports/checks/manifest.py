"""What the manifest must say of the export."""

import codecs
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, cast

from contracts.transfer.export_records import Entity
from contracts.transfer.exports import FORMAT_VERSION, MANIFEST_FILE, NEVER_EXPORTED, SCHEMA_VERSION
from services.exports import kinds
from services.exports.faults import Level, Problem, quoted
from services.exports.reader.container import READ_ERRORS, Container, Unreadable
from services.exports.reader.lines import NotJson, parsed, refuse_utf_16

Manifest = dict[str, Any]
V, S = Level.FORMAT, Level.STRICT
_LARGEST = 16 * 2**20
_EXTENSIONS = frozenset({Entity.WINDOWS, Entity.HISTORY})
FORMAT_ENTITIES = tuple(entity for entity in Entity if entity not in _EXTENSIONS)
"""What every export has."""
_NAMED = ("source_environment", "source_stack", "source_region", "app_git_sha")
_NOT_OMITTED = ("artifacts", "assistant_jobs", "audit_events")
PRODUCER = "dataops"
_ODD_SHOWN = 3


def read_manifest(container: Container) -> Manifest:
    """Raises Unreadable, in words, when there is no manifest or it is no JSON object."""
    try:
        with container.open(MANIFEST_FILE) as stream:
            raw = stream.read(_LARGEST + 1)
    except READ_ERRORS as error:
        raise Unreadable(f"cannot be read: {error}") from error
    if len(raw) > _LARGEST:
        raise Unreadable(f"is longer than {_LARGEST} bytes")
    try:
        refuse_utf_16(raw)
        value = parsed(raw.removeprefix(codecs.BOM_UTF8))
    except NotJson as error:
        raise Unreadable(f"is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Unreadable("is not a JSON object")
    return cast("Manifest", value)


def is_ours(manifest: Manifest) -> bool:
    """Whether this system wrote it, so that the stricter rules refuse."""
    producer = manifest.get("producer")
    return isinstance(producer, str) and producer.partition("/")[0].partition(" ")[0] == PRODUCER


def manifest_problems(manifest: Manifest) -> Iterator[Problem]:
    if manifest.get("schema_version") != SCHEMA_VERSION:
        yield Problem("schema_version", f"schema_version must be {SCHEMA_VERSION}")
    version = manifest.get("export_format_version")
    if isinstance(version, bool) or version != FORMAT_VERSION:
        yield Problem("export_format_version", f"export_format_version must be {FORMAT_VERSION}")
    generated_at = manifest.get("generated_at")
    if kinds.timestamp(generated_at):
        yield Problem("generated_at", "generated_at must be a parseable date or timestamp")
    elif reason := kinds.instant(generated_at):
        yield Problem("generated_at", f"generated_at {reason}", S)
    for name in _NAMED:
        if not isinstance(manifest.get(name), str) or not manifest[name].strip():
            yield Problem(name, f"{name} must be a string", S)
    yield from _markers(manifest, "redactions", NEVER_EXPORTED)
    yield from _markers(manifest, "omitted_entities", ("sessions",))
    for name in _NOT_OMITTED:
        if name in _listed(manifest, "omitted_entities"):
            yield Problem("omitted_entities", f"omitted_entities must not list {name}", S)
    yield from _file_problems(manifest)
    yield from _odd_records(manifest)


def _odd_records(manifest: Manifest) -> Iterator[Problem]:
    """What the exporter found stored in a way that the format cannot say, in its words."""
    for entity, count in section(manifest, "odd_record_counts").items():
        records = [cast("dict[str, Any]", one) for one in _listed(manifest, "odd_records") if isinstance(one, dict)]
        named = [one for one in records if one.get("entity") == entity]
        first = "; ".join(_odd_in_words(one) for one in named[:_ODD_SHOWN])
        reason = f"{quoted(count)} {quoted(entity)} were stored in a way that the format cannot say"
        yield Problem(f"odd_record_counts.{quoted(entity)}", f"{reason}: {first}" if first else reason, Level.NOTE)


def _odd_in_words(record: dict[str, Any]) -> str:
    fields = record.get("fields")
    reasons = cast("dict[str, Any]", fields) if isinstance(fields, dict) else {}
    listed = ", ".join(f"{quoted(name)} {quoted(reason)}" for name, reason in list(reasons.items())[:_ODD_SHOWN])
    return f"{quoted(record.get('id'))}{' (left out)' if record.get('left_out') is True else ''} {listed}"


def _markers(manifest: Manifest, field: str, needed: tuple[str, ...]) -> Iterator[Problem]:
    for name in needed:
        if name not in _listed(manifest, field):
            yield Problem(field, f"{field} must contain {name}")


def _listed(manifest: Manifest, field: str) -> list[object]:
    value = manifest.get(field)
    return cast("list[object]", value) if isinstance(value, list) else []


def _file_problems(manifest: Manifest) -> Iterator[Problem]:
    for field in ("entity_files", "entity_counts", "checksums"):
        if not isinstance(manifest.get(field), dict):
            yield Problem(field, f"{field} must be an object")
    files = section(manifest, "entity_files")
    for entity in FORMAT_ENTITIES:
        if entity not in files:
            yield Problem(f"entity_files.{entity}", f"entity_files is missing {entity}")
    for name, file in files.items():
        path = f"entity_files.{quoted(name)}"
        if name not in set(Entity):
            yield Problem(path, f"entity_files has the unknown entity {quoted(name)}", S)
        if not isinstance(file, str) or not is_plain(file):
            yield Problem(path, f"{path} must be the plain name of a file, not {quoted(file)}")
    for name, count in section(manifest, "entity_counts").items():
        if reason := kinds.count(count):
            path = f"entity_counts.{quoted(name)}"
            yield Problem(path, f"{path} {reason}", S)


def section(manifest: Manifest, field: str) -> dict[str, Any]:
    value = manifest.get(field)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def files_of(manifest: Manifest) -> dict[Entity, str]:
    """The files that can be read, by entity, in the order of the format."""
    files = section(manifest, "entity_files")
    return {
        entity: files[entity] for entity in Entity if isinstance(files.get(entity), str) and is_plain(files[entity])
    }


def is_plain(name: str) -> bool:
    """Names a file in the same directory on every system."""
    return bool(name) and PurePosixPath(name).name == name and not set(name) & set("\\:\0") and name not in (".", "..")
