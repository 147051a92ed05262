"""Which stack a command means, and how it is reached."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from pydantic import BaseModel, SecretStr, ValidationError

from services.cli.stack.data_dir import is_held
from services.cli.stack.ports import LOCALHOST
from services.kit.settings import PREFIX, REPLICA_SET, Settings
from services.kit.start_error import StartError

_PORTS_FILE = "ports.json"
_OF_TESTS = "DATAOPS_TEST_"
_SHORTEST, _FEWEST = 16, 6
"""Characters of a password, and different ones among them."""

_EXAMPLES = {"DATAOPS_NATS_URL": "nats://host:4222", "DATAOPS_MONGO_URL": "mongodb://host:27017/?replicaSet=rs0"}

DataDir = Annotated[
    Path | None,
    typer.Option(help="Data directory of the stack.", show_default="$DATAOPS_DATA_DIR or .dataops"),
]


class Ports(BaseModel):
    """What ``ports.json`` says of a running stack. None: a server of the owner's, named in the environment."""

    portal: int
    nats: int | None
    mongo: int | None


def nats_url(port: int) -> SecretStr:
    return SecretStr(f"nats://{LOCALHOST}:{port}")


def mongo_url(port: int) -> SecretStr:
    return SecretStr(f"mongodb://{LOCALHOST}:{port}/?replicaSet={REPLICA_SET}")


def load_settings(data_dir: Path | None = None) -> Settings:
    """The settings of the environment; StartError naming the variable that is wrong."""
    variables = Settings.variables()
    _refuse_unknown(set(variables.values()))
    try:
        settings = Settings()
    except ValidationError as error:
        fault = error.errors()[0]
        named = str(fault["loc"][0])
        reason = fault["msg"].removeprefix("Value error, ")
        raise StartError(f"{variables.get(named, named)}: {reason}.") from error
    for name in ("nats_url", "mongo_url"):
        _refuse_weak(variables[name], getattr(settings, name))
    return settings.model_copy(update={"data_dir": data_dir}) if data_dir else settings


def connect_settings(data_dir: Path | None = None) -> Settings:
    """Settings that reach the servers named in the environment, else the stack that runs on the data directory."""
    settings = load_settings(data_dir)
    named = settings.model_fields_set
    if {"nats_url", "mongo_url"} <= named:
        return settings
    ports = _ports(settings.data_dir)
    found: dict[str, object] = {"portal_port": ports.portal}
    if "nats_url" not in named:
        found["nats_url"] = nats_url(_known(ports.nats, "DATAOPS_NATS_URL"))
    if "mongo_url" not in named:
        found["mongo_url"] = mongo_url(_known(ports.mongo, "DATAOPS_MONGO_URL"))
    return settings.model_copy(update=found)


def _refuse_unknown(known: set[str]) -> None:
    """A misspelt name would leave the default in force, and nobody would notice."""
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known and not name.startswith(_OF_TESTS):
            nearest = get_close_matches(name.removeprefix(PREFIX), [one.removeprefix(PREFIX) for one in known], n=1)
            meant = f"did you mean {PREFIX}{nearest[0]}? " if nearest else ""
            raise StartError(f"{name}: there is no such setting; {meant}docs/settings.md lists all of them.")


def _refuse_weak(variable: str, url: SecretStr) -> None:
    """The password of a server may be left out, for it may ask for none; one that is there is to be worth it."""
    try:
        password = urlsplit(url.get_secret_value()).password
    except ValueError as error:
        raise StartError(f"{variable}: this is no URL such as {_EXAMPLES[variable]}.") from error
    if password is not None and (len(password) < _SHORTEST or len(set(password)) < _FEWEST):
        raise StartError(
            f"{variable}: the password in it is too weak; take {_SHORTEST} random characters or more, as from "
            "`openssl rand -hex 24`."
        )


def withdraw(data_dir: Path) -> None:
    """Take back the ``ports.json`` of a run that was killed."""
    (data_dir / _PORTS_FILE).unlink(missing_ok=True)


@contextmanager
def announced(data_dir: Path, ports: Ports) -> Generator[None]:
    """While inside, other commands find the stack by its ``ports.json``, which is never half written."""
    file = data_dir / _PORTS_FILE
    draft = file.with_suffix(".draft")
    draft.write_text(ports.model_dump_json())
    os.replace(draft, file)
    try:
        yield
    finally:
        withdraw(data_dir)


def _ports(data_dir: Path) -> Ports:
    file = data_dir / _PORTS_FILE
    if not is_held(data_dir) or not file.exists():
        raise StartError(
            f"No stack is ready on {data_dir}: start one with `dataops up`, name another with --data-dir, "
            "or set DATAOPS_NATS_URL and DATAOPS_MONGO_URL."
        )
    return Ports.model_validate_json(file.read_text())


def _known(port: int | None, variable: str) -> int:
    if port is None:
        raise StartError(f"This stack was started with {variable} in its environment: set it here too.")
    return port
