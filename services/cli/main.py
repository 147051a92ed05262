"""The ``dataops`` command."""

import sys

import typer

from services.cli.backfill import backfill
from services.cli.doctor import doctor
from services.cli.export import export
from services.cli.import_export import import_export
from services.cli.provision import provision
from services.cli.reference import reference
from services.cli.replay import replay
from services.cli.restore_drill import restore_drill
from services.cli.run import run
from services.cli.seed import seed
from services.cli.up import up
from services.cli.users import users_app
from services.cli.validate_export import validate_export
from services.kit.broker import Unavailable
from services.kit.start_error import StartError

app = typer.Typer(
    name="dataops",
    help="Operations Home: every periodic duty created when it is due, exactly once.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.command()(up)
app.command()(run)
app.command()(seed)
app.command()(backfill)
app.command()(replay)
app.command()(doctor)
app.command()(export)
app.command()(validate_export)
app.command("import")(import_export)
app.command()(restore_drill)
app.command(hidden=True)(reference)
app.command(hidden=True)(provision)
app.add_typer(users_app)


def main() -> None:
    """Run the command; what the person at the terminal can mend is told without a traceback."""
    try:
        sys.exit(app(standalone_mode=False))
    except StartError as error:
        _fail(str(error))
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
