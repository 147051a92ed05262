"""Who may sign in: every change of a user with its row in the audit, and the sessions that end with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from uuid import uuid4

from services.kit.clock import Clock
from services.kit.mongo.driver import AsyncCollection, Database, DuplicateKeyError, Session
from services.kit.mongo.transactions import in_transaction
from services.portal.auth import messages
from services.portal.auth.access import Role, Theme, User, user_of
from services.portal.auth.documents import AuditDocument, SessionDocument, UserDocument, UserFields

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")
_LONGEST_NAME = 200
NO_PASSWORD = ""
"""Stands for the hash of a password that nobody knows: nothing that is typed fits it."""


class LastAdmin(Exception):
    """Nobody could manage users any more; nothing was changed."""


class ChangedMeanwhile(Exception):
    """``user`` is no longer what the change was made from; nothing was changed."""

    def __init__(self, user: User) -> None:
        self.user = user


@dataclass(frozen=True)
class By:
    """Who asked for a change, and in which request; nobody for the command line."""

    actor: str | None = None
    request_id: str | None = None


def email_fault(email: str) -> str | None:
    return None if _EMAIL.fullmatch(email) and email.isprintable() else messages.not_an_email(email)


def name_fault(name: str) -> str | None:
    fits = 0 < len(name) <= _LONGEST_NAME and name.isprintable() and name.strip()
    return None if fits else messages.name_too_long(_LONGEST_NAME)


def with_rights_of(given: User, existing: User) -> User:
    """``given`` with no more rights than the same user has here."""
    role = given.role if existing.role is Role.ADMIN else existing.role
    return given.model_copy(update={"role": role, "active": given.active and existing.active, "theme": existing.theme})


def _is_admin(user: UserDocument) -> bool:
    return user["active"] and user["role"] == Role.ADMIN


class Accounts:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._users: AsyncCollection[UserDocument] = database["users"]
        self._sessions: AsyncCollection[SessionDocument] = database["sessions"]
        self._audit: AsyncCollection[AuditDocument] = database["audit"]

    async def add(self, *, email: str, name: str, role: Role, password_hash: str, by: By) -> User | None:
        """None when the e-mail, in lower case, is taken."""
        user = User(id=str(uuid4()), name=name, email=email.strip().lower(), role=role, created_at=Clock.wall())
        stored = user.model_dump(mode="json", exclude={"id"}) | {"created_at": user.created_at}

        async def write(session: Session) -> User:
            document = cast("UserDocument", {"_id": user.id, **stored, "password_hash": password_hash})
            await self._users.insert_one(document, session=session)
            details = {"user": user.id, "email": user.email, "name": user.name, "role": user.role}
            await self._record("user.added", by, details, session)
            return user

        try:
            return await in_transaction(self._database, write)
        except DuplicateKeyError:
            return None

    async def take_in(self, user: User, by: By) -> bool:
        """Add a user of another system, or change this one to what that user is there. Who is here may lose rights by
        it, and gets none. A new one has no password.

        False when the e-mail, in lower case, is somebody else's. Raises LastAdmin.
        """

        async def write(session: Session) -> None:
            before = await self._users.find_one({"_id": user.id}, session=session)
            taken = user if before is None else with_rights_of(user, user_of(before))
            fields = taken.model_dump(mode="json", exclude={"id"}) | {"created_at": user.created_at}
            change = {"$set": fields, "$setOnInsert": {"password_hash": NO_PASSWORD}}
            await self._users.update_one({"_id": user.id}, change, upsert=True, session=session)
            if before and _is_admin(before) and not (taken.active and taken.role is Role.ADMIN):
                await self._keep_an_admin(session)
            if not taken.active:
                await self._sessions.delete_many({"user_id": user.id}, session=session)
            details = {"user": user.id, "email": taken.email, "name": taken.name, "role": taken.role}
            await self._record("user.imported", by, {**details, "active": taken.active}, session)

        try:
            await in_transaction(self._database, write)
        except DuplicateKeyError:
            return False
        return True

    async def describe(
        self, user_id: str, *, name: str, role: Role, by: By, seen: tuple[str, str] | None = None
    ) -> User | None:
        """``seen`` are the name and role that the change was made from, None for whatever they are.

        None when there is no such user. Raises LastAdmin and ChangedMeanwhile.
        """
        fields: UserFields = {"name": name, "role": role.value}
        expected: UserFields = {"name": seen[0], "role": seen[1]} if seen else {}
        return await self._change(user_id, "user.changed", fields, by, expected=expected)

    async def prefer(self, user_id: str, theme: Theme | None, by: By) -> User | None:
        return await self._change(user_id, "user.changed", {"theme": theme.value if theme else None}, by)

    async def deactivate(self, user_id: str, by: By) -> User | None:
        """Ends all sessions. Raises LastAdmin."""
        return await self._change(user_id, "user.deactivated", {"active": False}, by, ends_sessions=True)

    async def reactivate(self, user_id: str, by: By) -> User | None:
        return await self._change(user_id, "user.reactivated", {"active": True}, by)

    async def set_password(self, user_id: str, password_hash: str, by: By, *, keep: str | None = None) -> User | None:
        """Ends all sessions but the one with the key ``keep``."""
        secret: UserFields = {"password_hash": password_hash}
        return await self._change(user_id, "user.password-set", secret, by, ends_sessions=True, keep=keep)

    async def _change(
        self,
        user_id: str,
        kind: str,
        fields: UserFields,
        by: By,
        *,
        expected: UserFields | None = None,
        ends_sessions: bool = False,
        keep: str | None = None,
    ) -> User | None:
        async def write(session: Session) -> User | None:
            changes = {"$set": dict(fields)}
            before = cast(
                "UserDocument | None",
                await self._users.find_one_and_update({"_id": user_id}, changes, session=session),
            )
            if before is None:
                return None
            is_new = any(before.get(name) != value for name, value in fields.items())
            if is_new and any(before.get(name) != value for name, value in (expected or {}).items()):
                raise ChangedMeanwhile(user_of(before))
            if _is_admin(before) and not _is_admin({**before, **fields}):
                await self._keep_an_admin(session)
            if ends_sessions:
                await self._sessions.delete_many({"user_id": user_id, "_id": {"$ne": keep}}, session=session)
            changed = {name: value for name, value in fields.items() if before.get(name) != value}
            changed.pop("password_hash", None)
            details = {name: {"from": before.get(name), "to": value} for name, value in changed.items()}
            await self._record(kind, by, {"user": user_id, **details}, session)
            return user_of({**before, **fields})

        return await in_transaction(self._database, write)

    async def _keep_an_admin(self, session: Session) -> None:
        """Writes to all admins that are left, so that two who demote each other at once collide."""
        left = await self._users.update_many(
            {"role": Role.ADMIN.value, "active": True}, {"$inc": {"admins_counted": 1}}, session=session
        )
        if not left.matched_count:
            raise LastAdmin

    async def _record(self, kind: str, by: By, details: Mapping[str, object], session: Session) -> None:
        entry = {"at": Clock.wall(), "kind": kind, "actor": by.actor, "request_id": by.request_id, **details}
        await self._audit.insert_one(cast("AuditDocument", entry), session=session)
