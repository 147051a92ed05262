"""The portal's collections on a real database."""

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator

import pytest

from services.cli.commands.users import create_user
from services.kit.clock import Clock
from services.kit.mongo import connection
from services.kit.mongo.driver import Database
from services.kit.settings import Settings
from services.kit.start_error import StartError
from services.portal.auth.access import Role
from services.portal.auth.accounts import By
from services.portal.auth.sign_ins import IDLE, Medium, SignedIn, SignIns
from services.portal.auth.throttle import ADDRESS, PAIR, Throttle
from services.portal.store import PortalStore

NOW = dt.datetime(2028, 2, 2, 9, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
async def database(settings: Settings) -> AsyncGenerator[Database]:
    async with connection.connect(settings, "portal") as database:
        yield database


@pytest.fixture
async def store(database: Database) -> PortalStore:
    store = PortalStore(database)
    await store.prepare()
    await store.prepare()
    return store


async def test_an_e_mail_belongs_to_one_user_however_it_is_written(store: PortalStore) -> None:
    async def add(email: str) -> bool:
        user = await store.accounts.add(email=email, name="N", role=Role.OPERATOR, password_hash="h", by=By())
        return user is not None

    added = await asyncio.gather(*(add(email) for email in ("A@b.org", "a@B.org", " a@b.org ", "A@B.ORG")))
    assert sorted(added) == [False, False, False, True]
    assert [user.email for user in await store.users()] == ["a@b.org"]
    assert (await store.credentials("A@B.org")) is not None
    assert not any(hasattr(user, "password_hash") for user in await store.users())


@pytest.mark.requirement("R-SEC-1")
async def test_weak_passwords_and_odd_names_are_refused_in_words(store: PortalStore) -> None:
    for email, name, password, words in [
        ("a@example.org", "A", "short", "at least 12"),
        ("a@example.org", "A", "x" * 129, "at most 128"),
        ("long@example.org", "A", "LONG@example.org", "must not be the e-mail"),
        ("nonsense", "A", None, "not an e-mail address"),
        ("a b@example.org", "A", None, "not an e-mail address"),
        ("a@example.org", " ", None, "name"),
        ("a@example.org", "A\nB", None, "name"),
    ]:
        with pytest.raises(StartError, match=words):
            await create_user(store, email=email, name=name, role=Role.ADMIN, password=password)
    assert await store.users() == []
    _, password = await create_user(store, email="a@example.org", name="A", role=Role.ADMIN)
    assert len(password) == 20
    with pytest.raises(StartError, match="already"):
        await create_user(store, email="A@example.org", name="B", role=Role.ADMIN)


async def test_failures_count_in_one_window_and_survive_a_restart(store: PortalStore, database: Database) -> None:
    throttle = Throttle(store)
    await asyncio.gather(*(throttle.failed("a@b", "1.2.3.4", NOW) for _ in range(PAIR.failures)))
    again = Throttle(PortalStore(database))
    assert await again.wait("a@b", "1.2.3.4", NOW) == 60
    assert await again.wait("a@b", "1.2.3.4", NOW + MINUTE / 2) == 30
    assert await again.wait("a@b", "5.6.7.8", NOW) == 0
    assert await again.wait("c@d", "1.2.3.4", NOW) == 0
    assert await again.wait("a@b", "1.2.3.4", NOW + MINUTE) == 0
    await again.failed("a@b", "1.2.3.4", NOW + MINUTE)
    assert await again.wait("a@b", "1.2.3.4", NOW + MINUTE) == 0


async def test_one_account_from_many_addresses_and_many_accounts_from_one_have_to_wait(store: PortalStore) -> None:
    throttle = Throttle(store)
    for number in range(15):
        await throttle.failed("a@b", f"10.0.0.{number}", NOW)
    assert await throttle.wait("a@b", "10.0.1.1", NOW) > 60
    for number in range(40):
        await throttle.failed(f"{number}@b", "10.9.9.9", NOW)
    assert await throttle.wait("new@b", "10.9.9.9", NOW) > 60
    await throttle.succeeded("new@b", "10.9.9.9")
    assert await throttle.wait("new@b", "10.9.9.9", NOW) > 60


@pytest.mark.requirement("R-SEC-1")
async def test_a_burst_of_guesses_is_counted_before_the_next_is_tried(store: PortalStore) -> None:
    _, password = await create_user(store, email="a@example.org", name="A", role=Role.OPERATOR)
    sign_ins = SignIns(store)

    async def attempt(secret: str) -> str:
        result = await sign_ins.sign_in("a@example.org", secret, address="x", medium=Medium.API, request_id="r")
        return type(result).__name__

    results = await asyncio.gather(*(attempt("guess") for _ in range(30)))
    assert results.count("Wrong") <= PAIR.failures + 1
    assert await attempt(password) == "Throttled"


@pytest.mark.requirement("R-SEC-1")
async def test_a_flood_of_guesses_is_one_row_of_the_audit_in_each_window(
    store: PortalStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create_user(store, email="a@example.org", name="A", role=Role.OPERATOR)
    sign_ins, began = SignIns(store), Clock.wall()

    async def guess(email: str) -> None:
        await sign_ins.sign_in(email, "guess", address="10.0.0.1", medium=Medium.API, request_id="r")

    async def rows() -> int:
        return await database["audit"].count_documents({"kind": "sign-in.throttled"})

    for _ in range(PAIR.failures + 10):
        await guess("a@example.org")
    assert await rows() == 1
    monkeypatch.setattr(Clock, "wall", staticmethod(lambda: began + 2 * MINUTE))
    for _ in range(PAIR.failures + 3):
        await guess("a@example.org")
    assert await rows() == 2
    for number in range(ADDRESS.failures + 10):
        await guess(f"{number}@example.org")
    assert await rows() == 3


@pytest.mark.requirement("R-SEC-1")
async def test_sessions_are_stored_as_hashes_and_end_when_idle_or_old(
    store: PortalStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, password = await create_user(store, email="a@example.org", name="A", role=Role.OPERATOR)
    sign_ins = SignIns(store)
    began = Clock.wall()

    async def signed_in() -> str:
        result = await sign_ins.sign_in("a@example.org", password, address="x", medium=Medium.PAGE, request_id="r")
        assert isinstance(result, SignedIn)
        return result.token

    def later(by: dt.timedelta) -> None:
        monkeypatch.setattr(Clock, "wall", staticmethod(lambda: began + by))

    token = await signed_in()
    assert token not in str([one async for one in database["sessions"].find()])
    assert await sign_ins.viewer(token, Medium.PAGE) is not None
    assert await sign_ins.viewer(token, Medium.API) is None
    assert await sign_ins.viewer("", Medium.PAGE) is None
    later(IDLE - MINUTE)
    assert await sign_ins.viewer(token, Medium.PAGE, seen=False) is not None
    later(IDLE + MINUTE)
    assert await sign_ins.viewer(token, Medium.PAGE) is None
    token = await signed_in()
    for step in range(1, 60):
        later(IDLE + step * IDLE / 2)
        if await sign_ins.viewer(token, Medium.PAGE) is None:
            break
    assert step == 29  # the first after seven days, though it was never idle for more than six hours
    assert [row["kind"] async for row in database["audit"].find()] == ["user.added", "sign-in", "sign-in"]
