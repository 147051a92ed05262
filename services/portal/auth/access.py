"""Who may do what: users, their roles, and how a route declares the one that it needs (see guard.py)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from contracts.values import Instant, Model


class Role(StrEnum):
    OPERATOR = "operator"
    ADMIN = "admin"


PUBLIC: dict[str, Any] = {"role": None}
OPERATOR: dict[str, Any] = {"role": Role.OPERATOR}
ADMIN: dict[str, Any] = {"role": Role.ADMIN}


# Says that a page asks for itself again: nobody is at work there for it, and nobody reads what it would say.
BACKGROUND = "x-background"


class Theme(StrEnum):
    LIGHT = "light"
    DARK = "dark"


class User(Model):
    """``theme`` None: pages are light or dark as the system of the reader."""

    id: str
    name: str
    email: str
    role: Role
    active: bool = True
    created_at: Instant
    theme: Theme | None = None

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.name.split()[:2]).upper() or "?"


def user_of(document: Mapping[str, object]) -> User:
    """The user that is stored so."""
    return User.model_validate({**document, "id": document["_id"]})


class Undo(Model):
    """What a notice offers to take back: the change that gave a task this version."""

    task_id: str
    version: int


@dataclass(frozen=True)
class Viewer:
    """A signed-in user. ``session`` is the key of the session; ``csrf`` is bound to it and goes into its forms."""

    user: User
    session: str
    csrf: str
    notice: str | None = None
    undo: Undo | None = None

    def may(self, role: Role) -> bool:
        return self.user.role in (role, Role.ADMIN)


def others(users: Iterable[User], viewer: Viewer) -> list[str]:
    """The active users besides the viewer: what is theirs is not the viewer's to do."""
    return [user.id for user in users if user.active and user.id != viewer.user.id]


class NotSignedIn(Exception):
    """There is no valid session. Pages go to sign-in and come back; the API answers 401."""
