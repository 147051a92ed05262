"""Signing in and out, and knowing who is there. All of it in real time: a test that lives in 2028 stays signed in."""

import asyncio
import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from enum import StrEnum

from services.kit.clock import Clock
from services.portal.auth.access import User, Viewer
from services.portal.auth.accounts import By
from services.portal.auth.devices import device
from services.portal.auth.passwords import hash_password, verify
from services.portal.auth.throttle import Throttle
from services.portal.store import PortalStore, Session

IDLE = dt.timedelta(hours=12)
ABSOLUTE = dt.timedelta(days=7)
_SEEN_EVERY = dt.timedelta(minutes=1)
_LONGEST_EMAIL = 254


class Medium(StrEnum):
    """Where a token works: a cookie's only on pages, a bearer token only under /api."""

    PAGE = "page"
    API = "api"


@dataclass(frozen=True)
class SignedIn:
    user: User
    token: str


@dataclass(frozen=True)
class Wrong:
    """Unknown e-mail, wrong password, inactive user: one answer for all."""


@dataclass(frozen=True)
class Throttled:
    seconds: int


def csrf_token(secret: str) -> str:
    """A form token that only the holder of a cookie's value can have; it dies with the session."""
    return hmac.new(secret.encode(), b"csrf", hashlib.sha256).hexdigest()


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _is_over(session: Session, now: dt.datetime) -> bool:
    return now >= min(session.expires_at, session.seen_at + IDLE)


class SignIns:
    def __init__(self, store: PortalStore) -> None:
        self._store = store
        self._throttle = Throttle(store)
        self._turn = asyncio.Semaphore(2)

    async def sign_in(
        self, email: str, password: str, *, address: str, medium: Medium, request_id: str, user_agent: str = ""
    ) -> SignedIn | Wrong | Throttled:
        """Opens a session with a new token, or counts a failure.

        Two at a time: hashes neither fill memory nor stop other pages, and a burst of guesses cannot all pass
        the throttle before the first of them is counted.
        """
        email = email.strip().lower()[:_LONGEST_EMAIL]
        async with self._turn:
            return await self._attempt(email, password, address, medium, request_id, user_agent)

    async def _attempt(
        self, email: str, password: str, address: str, medium: Medium, request_id: str, user_agent: str
    ) -> SignedIn | Wrong | Throttled:
        if seconds := await self._throttle.wait(email, address, Clock.wall()):
            if await self._throttle.is_first_refusal(email, address, Clock.wall()):
                await self._record("sign-in.throttled", None, address=address, request_id=request_id)
            return Throttled(seconds)
        known = await self._store.credentials(email)
        user = known[0] if known else None
        matches = await asyncio.to_thread(verify, known[1] if known else None, password)
        if user is None or not matches:
            await self._throttle.failed(email, address, Clock.wall())
            await self._record("sign-in.refused", user.id if user else None, address=address, request_id=request_id)
            return Wrong()
        await self._throttle.succeeded(email, address)
        token = await self._open(user, medium, address, user_agent)
        await self._record("sign-in", user.id, address=address, request_id=request_id, medium=medium)
        return SignedIn(user, token)

    async def viewer(self, token: str, medium: Medium, *, seen: bool = True) -> Viewer | None:
        """Who holds this token; ``seen`` False when nobody asked for anything, as an open page does by itself."""
        session = await self._store.session(_key(token))
        now = Clock.wall()
        if session is None or session.medium != medium or _is_over(session, now):
            return None
        user = await self._store.user(session.user_id)
        if user is None or not user.active:
            return None
        if seen and now - session.seen_at > _SEEN_EVERY:
            await self._store.see_session(session.key, now)
        return Viewer(user, session.key, csrf_token(token), session.notice, session.undo)

    async def sessions(self, viewer: Viewer) -> list[Session]:
        """The viewer's own that still work, those used last first."""
        now = Clock.wall()
        return [one for one in await self._store.sessions_of(viewer.user.id) if not _is_over(one, now)]

    async def end_session(self, viewer: Viewer, key: str, *, request_id: str) -> None:
        await self._store.close_session(key)
        await self._record("session.ended", viewer.user.id, request_id=request_id)

    async def end_other_sessions(self, viewer: Viewer, *, request_id: str) -> None:
        ended = await self._store.close_other_sessions(viewer.user.id, viewer.session)
        await self._record("session.others-ended", viewer.user.id, request_id=request_id, ended=str(ended))

    async def change_password(
        self, viewer: Viewer, current: str, new: str, *, address: str, request_id: str
    ) -> Wrong | Throttled | None:
        """Ends the viewer's other sessions. Guesses at the current password count like failed sign-ins."""
        email = viewer.user.email
        async with self._turn:
            if seconds := await self._throttle.wait(email, address, Clock.wall()):
                if await self._throttle.is_first_refusal(email, address, Clock.wall()):
                    await self._record("password.throttled", viewer.user.id, address=address, request_id=request_id)
                return Throttled(seconds)
            known = await self._store.credentials(email)
            if not await asyncio.to_thread(verify, known[1] if known else None, current):
                await self._throttle.failed(email, address, Clock.wall())
                await self._record("password.refused", viewer.user.id, address=address, request_id=request_id)
                return Wrong()
            hashed = await asyncio.to_thread(hash_password, new)
        by = By(viewer.user.id, request_id)
        await self._store.accounts.set_password(viewer.user.id, hashed, by, keep=viewer.session)
        return None

    async def sign_out(self, viewer: Viewer, *, request_id: str) -> None:
        await self._store.close_session(viewer.session)
        await self._record("sign-out", viewer.user.id, request_id=request_id)

    async def record_refusal(self, viewer: Viewer, path: str, *, request_id: str) -> None:
        """Somebody who is signed in asked for what they may not do."""
        await self._record("refused", viewer.user.id, path=path, request_id=request_id)

    async def _open(self, user: User, medium: Medium, address: str, user_agent: str) -> str:
        token, now = secrets.token_urlsafe(32), Clock.wall()
        await self._store.open_session(
            Session(
                key=_key(token),
                user_id=user.id,
                medium=medium,
                created_at=now,
                seen_at=now,
                expires_at=now + ABSOLUTE,
                address=address,
                device=device(user_agent),
            )
        )
        return token

    async def _record(self, kind: str, actor: str | None, **details: str) -> None:
        await self._store.audit(kind, at=Clock.wall(), actor=actor, details=details)
