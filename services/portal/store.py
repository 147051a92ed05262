"""The portal's database: users, sessions, failed sign-ins, the audit, what people had generated and changed at once."""

import datetime as dt
from collections.abc import Mapping
from typing import cast

from contracts.values import Instant, Model
from services.kit.mongo.driver import DESCENDING, AsyncCollection, Database, Query, Row
from services.kit.mongo.indexes import Index, create_indexes, missing_indexes
from services.kit.mongo.reading import find_at
from services.portal.auth.access import Undo, User, user_of
from services.portal.auth.accounts import Accounts
from services.portal.auth.documents import AuditDocument, FailedSignInDocument, SessionDocument, UserDocument
from services.portal.files import byte_store
from services.portal.files.byte_store import ByteStore
from services.portal.schedules.documents import GenerationDocument
from services.portal.schedules.generations import Generation
from services.portal.tasks.bulk_results import Bulk
from services.portal.tasks.documents import BulkDocument

_TTL: Query = {"expireAfterSeconds": 0}
INDEXES = (
    Index("users", "email_1", ("email",), {"unique": True}),
    Index("sessions", "expires_at_1", ("expires_at",), _TTL),
    Index("sessions", "user_id_1", ("user_id",)),
    Index("failed_sign_ins", "expires_at_1", ("expires_at",), _TTL),
    Index("audit", "at_1", ("at",)),
    Index("generations", "expires_at_1", ("expires_at",), _TTL),
    Index("bulk_changes", "expires_at_1", ("expires_at",), _TTL),
    *byte_store.INDEXES,
)
RETIRED_INDEXES = (("uploads_noted", "at_1__id_1"),)


class Session(Model):
    """``key`` is the hash of a token that only the client has; ``address`` and ``device`` are those that signed in,
    empty where they are not known. ``notice`` is a sentence for the next page,
    ``undo`` what it offers to take back."""

    key: str
    user_id: str
    medium: str
    created_at: Instant
    seen_at: Instant
    expires_at: Instant
    address: str = ""
    device: str = ""
    notice: str | None = None
    undo: Undo | None = None


class PortalStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self.bytes = ByteStore(database)
        self.accounts = Accounts(database)
        self._users: AsyncCollection[UserDocument] = database["users"]
        self._sessions: AsyncCollection[SessionDocument] = database["sessions"]
        self._failures: AsyncCollection[FailedSignInDocument] = database["failed_sign_ins"]
        self._audit: AsyncCollection[AuditDocument] = database["audit"]
        self._generations: AsyncCollection[GenerationDocument] = database["generations"]
        self._bulk_changes: AsyncCollection[BulkDocument] = database["bulk_changes"]

    async def prepare(self) -> None:
        await create_indexes(self._database, INDEXES, retired=RETIRED_INDEXES)

    async def missing_indexes(self) -> list[str]:
        return await missing_indexes(self._database, INDEXES)

    async def ping(self) -> None:
        await self._database.command("ping")

    # Users

    async def user(self, user_id: str) -> User | None:
        found = await self._users.find_one({"_id": user_id}, {"password_hash": 0})
        return user_of(found) if found else None

    async def credentials(self, email: str) -> tuple[User, str] | None:
        """An active user by e-mail, with the hash of the password."""
        found = await self._users.find_one({"email": email.strip().lower(), "active": True})
        return (user_of(found), found["password_hash"]) if found else None

    async def users(self) -> list[User]:
        """By name; who has left is there too."""
        return [user_of(one) async for one in self._users.find({}, {"password_hash": 0}).sort("name")]

    async def has_users(self) -> bool:
        """Whether there is any account, also a deactivated one."""
        return await self._users.find_one({}, {"_id": 1}) is not None

    async def users_at(self, at: str) -> list[Row]:
        """All users as stored at a cluster time, by id, without the hash of the password. Raises SnapshotGone."""
        return await find_at(self._database, at, "users", {}, projection={"password_hash": 0})

    # Sessions

    async def open_session(self, session: Session) -> None:
        await self._sessions.insert_one(
            cast("SessionDocument", {"_id": session.key} | session.model_dump(exclude={"key"}))
        )

    async def session(self, key: str) -> Session | None:
        found = await self._sessions.find_one({"_id": key})
        return Session.model_validate({**found, "key": found["_id"]}) if found else None

    async def see_session(self, key: str, at: dt.datetime) -> None:
        await self._sessions.update_one({"_id": key}, {"$max": {"seen_at": at}})

    async def leave_notice(self, key: str, notice: str, undo: Undo | None = None) -> None:
        offered = undo.model_dump() if undo else None
        await self._sessions.update_one({"_id": key}, {"$set": {"notice": notice, "undo": offered}})

    async def take_notice(self, key: str, notice: str) -> None:
        """Another one that was left meanwhile stays."""
        await self._sessions.update_one({"_id": key, "notice": notice}, {"$set": {"notice": None, "undo": None}})

    async def close_session(self, key: str) -> None:
        await self._sessions.delete_one({"_id": key})

    async def close_other_sessions(self, user_id: str, keep: str) -> int:
        """How many there were, also those too old to be used again."""
        return (await self._sessions.delete_many({"user_id": user_id, "_id": {"$ne": keep}})).deleted_count

    async def sessions_of(self, user_id: str) -> list[Session]:
        """Those used last first, also what is too old to be used again."""
        found = self._sessions.find({"user_id": user_id}).sort("seen_at", DESCENDING)
        return [Session.model_validate({**one, "key": one["_id"]}) async for one in found]

    # Failed sign-ins

    async def failures(self, keys: list[str], now: dt.datetime) -> dict[str, tuple[int, dt.datetime]]:
        """How often each key failed, and until when that counts."""
        found = self._failures.find({"_id": {"$in": keys}, "expires_at": {"$gt": now}})
        return {one["_id"]: (one["count"], one["expires_at"]) async for one in found}

    async def count_failure(self, key: str, now: dt.datetime, window: dt.timedelta) -> None:
        """One more in the running window, or the first of a new one: decided and written at once."""
        running = {"$gt": ["$expires_at", now]}
        change = {
            "count": {"$cond": [running, {"$add": ["$count", 1]}, 1]},
            "expires_at": {"$cond": [running, "$expires_at", now + window]},
            "refused": {"$and": [running, "$refused"]},
        }
        await self._failures.update_one({"_id": key}, [{"$set": change}], upsert=True)

    async def note_refusal(self, key: str) -> bool:
        """Whether this is the first one in the running window."""
        updated = await self._failures.update_one({"_id": key, "refused": {"$ne": True}}, {"$set": {"refused": True}})
        return updated.modified_count == 1

    async def forget_failures(self, key: str) -> None:
        await self._failures.delete_one({"_id": key})

    # Audit

    async def audit(self, kind: str, *, at: dt.datetime, actor: str | None, details: Mapping[str, object]) -> None:
        """Rows are only ever added."""
        await self._audit.insert_one(cast("AuditDocument", {"at": at, "kind": kind, "actor": actor, **details}))

    # Generations

    async def keep_generation(self, generation: Generation, until: dt.datetime) -> None:
        """Also again, while it grows."""
        document = _document(generation) | {"expires_at": until}
        await self._generations.replace_one({"_id": document["_id"]}, document, upsert=True)

    async def generation(self, generation_id: str) -> Generation | None:
        found = await self._generations.find_one({"_id": generation_id})
        return Generation.model_validate({**found, "id": found["_id"]}) if found else None

    # Changes of several tasks

    async def keep_bulk(self, bulk: Bulk, until: dt.datetime) -> None:
        await self._bulk_changes.insert_one(cast("BulkDocument", _document(bulk) | {"expires_at": until}))

    async def bulk(self, bulk_id: str) -> Bulk | None:
        found = await self._bulk_changes.find_one({"_id": bulk_id})
        return Bulk.model_validate({**found, "id": found["_id"]}) if found else None


def _document(model: Generation | Bulk) -> dict[str, object]:
    """Dates as text, for BSON has no type for them; instants stay instants, so that an index can let them expire."""
    instants = {name: value for name, value in model if isinstance(value, dt.datetime)}
    fields: dict[str, object] = {**model.model_dump(mode="json"), **instants}
    return {"_id": fields.pop("id")} | fields
