"""What every command says, and the plainest answer to one."""

from typing import Annotated

from pydantic import Field, StrictInt

from contracts.fields.text import NotNull
from contracts.values import Model


class Accepted(Model):
    """``count`` windows were taken on; what becomes of them is told when they are handled."""

    count: int


class Command(Model):
    """``actor`` is a user id. The same ``key`` twice has one effect and gets the same answer, for 24 hours."""

    actor: str | None = None
    key: str | None = Field(default=None, max_length=200, pattern=r"^[!-~]+$")


class VersionSeen(Model):
    version: Annotated[StrictInt | None, NotNull] = None
