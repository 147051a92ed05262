"""What is stored of who may sign in: users, sessions, failed sign-ins, and the audit of all that."""

import datetime as dt
from typing import NotRequired, TypedDict


class UserDocument(TypedDict):
    """Somebody who may sign in, or could."""

    _id: str
    """Random."""
    name: str
    """What people call them."""
    email: str
    """What they sign in with, in lower case. One user has it."""
    role: str
    """A `Role`."""
    active: bool
    """False once they were deactivated."""
    theme: str | None
    """A `Theme`; null to follow the system of the reader."""
    created_at: dt.datetime
    """When they were added, in machine time."""
    password_hash: str
    """The hash of the password; empty when nobody knows one."""
    admins_counted: NotRequired[int]
    """Of an admin: raised when another one loses rights, so that two who demote each other at once collide."""


class UserFields(TypedDict, total=False):
    """What may be changed of a user."""

    name: str
    role: str
    active: bool
    theme: str | None
    password_hash: str


class OfferedUndoDocument(TypedDict):
    """What a notice offers to undo."""

    task_id: str
    """The task."""
    version: int
    """The version of it that the change made."""


class SessionDocument(TypedDict):
    """A session of a browser or an API client. It is deleted when it expires."""

    _id: str
    """The hash of a token that only the client has."""
    user_id: str
    """Whose it is."""
    medium: str
    """How the token is sent: by cookie or by header."""
    created_at: dt.datetime
    """When they signed in, in machine time."""
    seen_at: dt.datetime
    """When it was last used, in machine time."""
    expires_at: dt.datetime
    """When it ends, in machine time."""
    address: str
    """The network address that signed in; empty where it is not known."""
    device: str
    """The browser that signed in; empty where it is not known."""
    notice: str | None
    """A sentence for the next page."""
    undo: OfferedUndoDocument | None
    """What that sentence offers to undo."""


class FailedSignInDocument(TypedDict):
    """Failed sign-ins for one e-mail or from one address. It is deleted when its time is over."""

    _id: str
    """What is counted."""
    count: int
    """How many failed."""
    expires_at: dt.datetime
    """Until when they count, in machine time."""
    refused: bool
    """Whether a sign-in was refused because of them."""


class AuditFields(TypedDict, total=False):
    """What depends on the kind of an audit entry. Of a changed field, the value before and after."""

    request_id: str | None
    """The request that it came with."""
    user: object
    """The user whom it was done to."""
    email: object
    """The e-mail of that user, or the one that somebody tried to sign in with."""
    name: object
    """The name of that user."""
    role: object
    """The role of that user."""
    active: object
    """Whether that user may sign in."""
    theme: object
    """The theme of that user."""
    address: object
    """The network address that it came from."""
    medium: object
    """How the token of a session is sent."""
    ended: object
    """How many sessions ended."""
    path: object
    """The path of a request that was refused."""
    generation: object
    """The generation that was started."""
    start_date: object
    """The first ISO date of its range."""
    end_date: object
    """The last ISO date of its range."""
    to: object
    """Of an export: where it was written to."""
    records: object
    """Of an export: how many records it has."""


class AuditDocument(AuditFields):
    """Something that an admin may want to know of later. Entries are appended and never edited."""

    _id: object
    """Made by the driver."""
    at: dt.datetime
    """When it happened, in machine time."""
    kind: str
    """What happened."""
    actor: str | None
    """The user who did it; null for the command line and for strangers."""


COLLECTIONS = {
    "users": UserDocument,
    "sessions": SessionDocument,
    "failed_sign_ins": FailedSignInDocument,
    "audit": AuditDocument,
}
