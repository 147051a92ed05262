"""``dataops validate-export``: is this an export that can be trusted, and if not, what is wrong where?"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from services.exports.faults import Fault
from services.exports.validator import Report, validate

_SHOWN = 100


def validate_export(
    path: Annotated[Path, typer.Argument(metavar="DIR_OR_ZIP", help="Directory or zip archive of an export.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Check an export: every file, every record, every relation.

    Each fault is told with file, line, field and reason. Exit code 0 when it is valid, 1 when it is not.
    """
    report = validate(path)
    if as_json:
        typer.echo(json.dumps(result(report)))
    else:
        print_report(report, Console(highlight=False))
    if not report.valid:
        raise typer.Exit(1)


def result(report: Report) -> dict[str, Any]:
    """Of very many faults the first are listed; the totals count all."""
    faults = report.faults
    return {
        "valid": report.valid,
        "errors": [fault.message for fault in faults.errors],
        "warnings": [fault.message for fault in faults.warnings],
        "entityCounts": {str(entity): count for entity, count in report.counts.items()},
        "errorCount": faults.error_count,
        "warningCount": faults.warning_count,
        "faults": [asdict(fault) | {"severity": "error"} for fault in faults.errors]
        + [asdict(fault) | {"severity": "warning"} for fault in faults.warnings],
    }


def print_report(report: Report, console: Console) -> None:
    faults = report.faults
    _print_faults("error", faults.errors, faults.error_count, console)
    _print_faults("warning", faults.warnings, faults.warning_count, console)
    counts = ", ".join(f"{count} {entity.replace('_', ' ')}" for entity, count in report.counts.items() if count)
    console.print(f"{'Valid' if report.valid else 'Not valid'}: {counts or 'no records'}.", soft_wrap=True)


def _print_faults(severity: str, faults: list[Fault], count: int, console: Console) -> None:
    for fault in faults[:_SHOWN]:
        place = fault.file if fault.line is None else f"{fault.file}:{fault.line}"
        console.print(escape(f"{severity}: {place}: {fault.message}"), soft_wrap=True)
    if count > _SHOWN:
        console.print(f"and {count - _SHOWN} more {severity}s.")
