"""The ``dataops`` command."""

import pkgutil
import sys
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

import services.kit.zone_data  # noqa: F401  # pyright: ignore[reportUnusedImport]  # pins zone data
from services.kit.refused import Refused
from services.kit.start_error import StartError
from services.kit.unavailable import Unavailable

COMMANDS = {
    "up": ("services.cli.commands.up:up", "Start everything on this machine and keep it running until Ctrl-C."),
    "run": ("services.cli.commands.run:run", "Run one service in the foreground until Ctrl-C or SIGTERM."),
    "seed": (
        "services.cli.commands.seed:seed",
        "Create the nine standard duties: six recurring tasks and three workflows.",
    ),
    "backfill": (
        "services.cli.commands.backfill:backfill",
        "Generate the work of a date range: every date that the schedules match today, also dates still to come.",
    ),
    "replay": (
        "services.cli.commands.replay:replay",
        "Publish stored window messages again, each window once, and wait until they are handled.",
    ),
    "doctor": (
        "services.cli.commands.doctor:doctor",
        "Check servers, streams, durability settings, indexes, services and the clock's tick; say what to do.",
    ),
    "export": (
        "services.cli.commands.export:export",
        "Write an export: all records as they are at one instant, without passwords, sessions and secrets in texts.",
    ),
    "validate-export": (
        "services.cli.commands.validate_export:validate_export",
        "Check an export: every file, every record, every relation.",
    ),
    "import": (
        "services.cli.commands.import_export:import_export",
        "Take in an export: new records are added, older ones updated; what was changed here later is kept.",
    ),
    "sweep-uploads": (
        "services.cli.commands.sweep_uploads:sweep_uploads",
        "Say how many uploads no record has named for 30 days, and with --delete delete them.",
    ),
    "restore-drill": (
        "services.cli.commands.restore_drill:restore_drill",
        "Try a restore: export the running system, validate the export, import it into a scratch system, look at what "
        "that shows, export it again and compare.",
    ),
    "reference": (
        "services.cli.commands.reference:reference",
        "Print a document that is generated from the code, to be kept beside it.",
    ),
    "provision": (
        "services.cli.commands.provision:provision",
        "Make MongoDB's replica set and its users, or bring their passwords and roles up to date.",
    ),
    "users": ("services.cli.commands.users:users_app", "Add users and set passwords."),
}
"""Where each command is, and what the list of commands says of it."""

_HIDDEN_COMMANDS = ("reference", "provision")


class _Commands(TyperGroup):
    """Imports a command when it is called: to import all of them takes longer than most of them run."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, (_, summary) in COMMANDS.items():
            self.add_command(TyperCommand(name, help=summary, hidden=name in _HIDDEN_COMMANDS))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, _, rest = super().resolve_command(ctx, args)
        return name, name and load(name), rest


def load(name: str) -> Any:
    """The command as it is called, with its options."""
    found = pkgutil.resolve_name(COMMANDS[name][0])
    if isinstance(found, typer.Typer):
        return get_command(found)
    single = typer.Typer(add_completion=False, rich_markup_mode="markdown")
    single.command(name)(found)
    return get_command(single)


app = typer.Typer(
    cls=_Commands,
    name="dataops",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


@app.callback()
def dataops() -> None:
    """Operations Home: every periodic duty created when it is due, exactly once."""


def main() -> None:
    """Run the command; what the person at the terminal can mend is told without a traceback."""
    try:
        sys.exit(app(standalone_mode=False))
    except StartError as error:
        _fail(str(error))
    except Refused as error:
        _fail(f"{str(error).rstrip('.')}.")
    except Unavailable as error:
        _fail(f"{error}: see whether it runs (dataops doctor)")
    except typer.TyperException as error:
        _fail(error.format_message(), error.exit_code)


def _fail(message: str, exit_code: int = 1) -> None:
    if message:  # a bare `dataops` has printed its help already
        print(f"dataops: {message}", file=sys.stderr)
    sys.exit(exit_code)


if __name__ == "__main__":
    main()
