"""What is wrong with an export: where, and whether it makes the export invalid."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

_LISTED = 1_000
_LONGEST_QUOTE = 80


class Level(StrEnum):
    """``FORMAT``: what every export must keep. ``STRICT``: what only our own must; in others it is a warning.
    ``NOTE``: a warning in every export."""

    FORMAT = "format"
    STRICT = "strict"
    NOTE = "note"


class Problem(NamedTuple):
    """What is wrong with one record. ``at`` is the path to the part that ``reason`` begins with, such as
    ``.task_definitions[2]``; ``field`` is the whole path. ``mendable``: an import can do without what is missing.
    ``sound``: an import takes the record as it is."""

    field: str
    reason: str
    level: Level = Level.FORMAT
    at: str = ""
    mendable: bool = False
    sound: bool = False


@dataclass(frozen=True)
class Fault:
    """``line`` counts from 1, None for a fault of the whole file. ``message`` has the place and the reason."""

    file: str
    line: int | None
    field: str | None
    reason: str
    message: str


@dataclass
class Faults:
    """Collects faults. Very many are counted, not kept."""

    refuses_strict: bool = True
    errors: list[Fault] = field(default_factory=list[Fault])
    warnings: list[Fault] = field(default_factory=list[Fault])
    error_count: int = 0
    warning_count: int = 0
    mendable_count: int = 0
    """Of the errors."""
    sound_count: int = 0
    """Of the errors."""

    def add(self, fault: Fault, level: Level = Level.FORMAT, *, mendable: bool = False, sound: bool = False) -> None:
        if level is Level.FORMAT or (level is Level.STRICT and self.refuses_strict):
            self.error_count += 1
            self.mendable_count += mendable
            self.sound_count += sound
            kept = self.errors
        else:
            self.warning_count += 1
            kept = self.warnings
        if len(kept) < _LISTED:
            kept.append(fault)

    def sort(self, files: list[str]) -> None:
        """In the order of ``files`` and of their lines; faults of other files, and of whole files, come first."""
        places = {file: place for place, file in enumerate(files)}
        for kept in (self.errors, self.warnings):
            kept.sort(key=lambda fault: (places.get(fault.file, -1), fault.line or 0))

    def of_file(self, file: str, reason: str, level: Level = Level.FORMAT, *, line: int | None = None) -> None:
        self.add(Fault(file, line, None, reason, f"{file} {reason}"), level)

    def of_manifest(self, problem: Problem) -> None:
        reason = problem.reason
        self.add(Fault("manifest.json", None, problem.field, reason, f"manifest {reason}"), problem.level)

    def of_record(self, file: str, entity: str, position: int, problem: Problem) -> None:
        """``position`` counts lines from 0, as the messages do."""
        message = f"{entity}[{position}]{problem.at} {problem.reason}"
        fault = Fault(file, position + 1, problem.field, problem.reason, message)
        self.add(fault, problem.level, mendable=problem.mendable, sound=problem.sound)


def quoted(value: object) -> str:
    """A value as a message names it: short, and on one line."""
    text = value if isinstance(value, str) else repr(value)
    shown = "".join(one if one.isprintable() else "\ufffd" for one in text[:_LONGEST_QUOTE])
    return shown + "…" if len(text) > _LONGEST_QUOTE else shown
