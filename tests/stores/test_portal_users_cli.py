"""``dataops users``: the first admin, and a password that was lost."""

import asyncio
import re
from functools import partial

import pytest
from typer.testing import CliRunner, Result

from services.cli.commands.users import create_user, users_app
from services.kit.mongo import connection
from services.kit.settings import Settings
from services.kit.start_error import StartError
from services.portal.auth.access import Role
from services.portal.auth.passwords import verify
from services.portal.auth.sign_ins import Medium, SignedIn, SignIns
from services.portal.store import PortalStore


@pytest.fixture
def users(settings: Settings, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("DATAOPS_NATS_URL", settings.nats_url.get_secret_value())
    monkeypatch.setenv("DATAOPS_MONGO_URL", settings.mongo_url.get_secret_value())
    monkeypatch.setenv("DATAOPS_MONGO_PREFIX", settings.mongo_prefix)

    def invoke(*arguments: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(users_app, arguments, input=typed)

    return invoke


@pytest.fixture
def add(users):  # type: ignore[no-untyped-def]
    return partial(users, "add")


@pytest.mark.requirement("R-SEC-1")
def test_a_password_is_generated_and_shown_once_or_read_and_not_shown(add) -> None:  # type: ignore[no-untyped-def]
    generated = add("Ada@Example.org", "--name", "Ada", "--role", "admin")
    assert generated.exit_code == 0
    assert re.fullmatch(r"Added admin Ada <ada@example.org>\.\nPassword: [\w-]{20}\n", generated.output)
    read = add("ben@example.org", "--name", "Ben", "--password-stdin", typed="correct horse battery\n")
    assert read.output == "Added operator Ben <ben@example.org>.\n"
    for arguments, typed, words in [
        (("ada@example.org", "--name", "Again"), None, "already"),
        (("c@example.org", "--name", "C", "--password-stdin"), "short\n", "at least 12"),
        (("c@example.org", "--name", "C", "--password-stdin"), "\n", "at least 12"),
        (("c@example.org", "--name", "C", "--password-stdin"), "datatalks2028\n", "The password is too common"),
    ]:
        refused = add(*arguments, typed=typed)
        assert isinstance(refused.exception, StartError)
        assert words in str(refused.exception)


@pytest.mark.requirement("R-SEC-1")
async def test_users_password_replaces_a_lost_one_and_ends_sign_ins(
    settings: Settings,
    users,
) -> None:  # type: ignore[no-untyped-def]
    async with connection.connect(settings, "portal") as database:
        store = PortalStore(database)
        await store.prepare()
        user, lost = await create_user(store, email="ada@example.org", name="Ada", role=Role.ADMIN)
        sign_ins = SignIns(store)
        before = await sign_ins.sign_in(user.email, lost, address="", medium=Medium.PAGE, request_id="r", user_agent="")
        assert isinstance(before, SignedIn)
        generated = await asyncio.to_thread(users, "password", "Ada@example.org")
        found = re.fullmatch(r"Ada <ada@example\.org> has a new password\.\nPassword: ([\w-]{20})\n", generated.output)
        assert found
        assert await sign_ins.viewer(before.token, Medium.PAGE) is None
        stored = await store.credentials(user.email)
        assert stored
        assert verify(stored[1], found[1])
        read = await asyncio.to_thread(
            users, "password", "ada@example.org", "--password-stdin", typed="correct horse battery\n"
        )
        assert read.output == "Ada <ada@example.org> has a new password.\n"
        for email, typed, message in [
            ("ben@example.org", None, "No user has the e-mail ben@example.org. There are: ada@example.org"),
            ("ada@example.org", "short\n", "The password must have at least 12 characters."),
        ]:
            options = ("--password-stdin",) if typed else ()
            refused = await asyncio.to_thread(users, "password", email, *options, typed=typed)
            assert str(refused.exception) == message
        await database["users"].delete_many({})
        refused = await asyncio.to_thread(users, "password", "ada@example.org")
        assert "There are no users: add one with `dataops users add EMAIL" in str(refused.exception)
