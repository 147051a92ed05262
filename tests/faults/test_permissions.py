"""From inside each user's credentials: what it needs works, everything else is refused, and a refusal is loud."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib import import_module
from itertools import product
from pathlib import Path

import httpx
import nats
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure
from structlog.testing import capture_logs

from contracts.generation import GenerateToday
from contracts.permissions import ASKS, User
from contracts.recurring import CreateRecurring
from contracts.subjects import CREATE_RECURRING, EVENTS, GENERATE_TODAY, LIST_TASKS, REQUESTS
from contracts.tasks import ListTasks
from contracts.values import Kind, Service, Window
from services.cli.commands.doctor import _examine
from services.cli.commands.provision import provision
from services.kit.clock import Clock
from services.kit.mongo import connection
from services.kit.mongo.driver import Session
from services.kit.mongo.indexes import Index, create_indexes
from services.kit.mongo.reading import cluster_time, find_at
from services.kit.mongo.transactions import in_transaction
from services.kit.mongo.users import READ_PARAMETERS
from services.kit.settings import Settings
from services.kit.start_error import StartError
from services.work.streams import ADVISORIES, DEAD_LETTERS, WINDOWS
from services.work.transfer.snapshots import Snapshots
from tests.faults.guarded_servers import GuardedServers, guarded_servers
from tests.system import System, eventually

pytestmark = pytest.mark.requirement("R-SEC-2")

KEPT = "minSnapshotHistoryWindowInSeconds"

NOBODYS = ("somebody.else", "$SYS.REQ.SERVER.PING", "dataops.test.clock", "dataops.work.task.no-such-command")
ASKED = {one.subject for one in REQUESTS}
HEALTH = {f"dataops.health.{service}" for service in Service}
DUE, DEAD = "dataops.window.due.recurring.none.2028-02-02", "dataops.dead.window.due.recurring.none.2028-02-02"
CHANGED = {f"dataops.event.{one}.changed" for one in ("task", "bundle", "schedule")} | {"dataops.event.window.finished"}
RAISED, MINUTE = "dataops.event.notification.raised", "dataops.clock.minute"
EVENTS_SENT = {DUE, DEAD, MINUTE, RAISED, *CHANGED}
SENT = {
    User.SCHEDULER: {DUE, MINUTE},
    User.WORK: {DUE, DEAD, *CHANGED},
    User.NOTIFIER: {RAISED},
    User.PORTAL: {"dataops.health.work"},
    User.OPS: {DUE, *HEALTH},
}
SUBSCRIBED = {
    User.SCHEDULER: set[str](),
    User.WORK: {MINUTE},
    User.NOTIFIER: {MINUTE, *CHANGED},
    User.PORTAL: {RAISED, *CHANGED},
    User.OPS: {MINUTE, RAISED, *CHANGED, "dataops.window.due.>", "dataops.dead.>"},
}
STREAM_VERBS = ("CREATE", "UPDATE", "DELETE", "PURGE", "INFO", "MSG.DELETE", "MSG.GET")
CONSUMER_VERBS = ("CREATE", "DURABLE.CREATE", "DELETE", "MSG.NEXT", "INFO")
OF_WORK = ("DURABLE.CREATE", "MSG.NEXT", "INFO")
JETSTREAM = {
    User.WORK: (
        *(f"STREAM.{verb}.{name}" for verb, name in product(STREAM_VERBS[:2], (WINDOWS, DEAD_LETTERS, ADVISORIES))),
        *(f"STREAM.INFO.{name}" for name in (WINDOWS, DEAD_LETTERS, ADVISORIES)),
        *(f"CONSUMER.{verb}.WINDOWS.work" for verb in OF_WORK),
    ),
    User.OPS: (
        *(f"STREAM.{verb}.{name}" for verb, name in product(("INFO", "MSG.GET"), (WINDOWS, DEAD_LETTERS, ADVISORIES))),
        *("CONSUMER.INFO.WINDOWS.work", "CONSUMER.INFO.WINDOWS.own", "CONSUMER.CREATE.WINDOWS.own"),
        *("CONSUMER.MSG.NEXT.WINDOWS.own", "CONSUMER.DELETE.WINDOWS.own"),
    ),
}


@pytest.fixture(scope="module")
async def guarded(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[GuardedServers]:
    async with guarded_servers(tmp_path_factory.mktemp("guarded")) as servers:
        yield servers


class GuardedSystem(System):
    """Each service with its own user; the test asks as the engineer."""

    def __init__(self, servers: GuardedServers, client: Client) -> None:
        super().__init__(servers.settings_of(User.OPS), client)
        self._servers = servers

    def settings_of(self, service: Service) -> Settings:
        return self._servers.settings_of(User(service))


@asynccontextmanager
async def connected(servers: GuardedServers, user: User, refused: list[str]) -> AsyncGenerator[Client]:
    """A bare client; ``refused`` collects what the broker would not do."""

    async def note(error: Exception) -> None:
        refused.append(str(error))

    client = await nats.connect(
        f"nats://{servers.nats_address}", user=user, password=servers.password(user), error_cb=note
    )
    try:
        yield client
    finally:
        await client.close()


async def test_all_services_work_with_their_own_users_and_the_doctor_finds_nothing(guarded: GuardedServers) -> None:
    refused: list[str] = []
    async with connected(guarded, User.OPS, refused) as client:
        system = GuardedSystem(guarded, client)
        await system.start(Service.WORK, Service.SCHEDULER, Service.NOTIFIER, Service.PORTAL)
        try:
            daily = CreateRecurring(description="Invite", cron_expression="0 9 * * *")
            duty, today = await system.ask(CREATE_RECURRING, daily), Clock.wall().date()
            made = (await system.ask(GENERATE_TODAY, GenerateToday())).tasks
            await system.publish_window(Window(kind=Kind.RECURRING, source_id=duty.id, date=today).subject)
            assert len((await system.ask(LIST_TASKS, ListTasks(date=today))).items) == len(made) == 1
            await system.publish_window("dataops.window.due.recurring.nobody.2028-02-02")
            assert [letter["reason"] for letter in await system.dead_letters()] == ["not_scheduled"]
            async with httpx.AsyncClient() as browser:
                assert (await browser.get(f"{system.portal_url}/sign-in")).status_code == 200

            async def doctor_is_content() -> bool:
                return [one for one in await _examine(guarded.settings_of(User.OPS)) if one.remedy] == []

            await eventually(doctor_is_content)
        finally:
            await system.stop(*system.running)
    assert refused == []


@pytest.mark.parametrize("user", list(User))
async def test_the_broker_takes_from_a_user_what_it_needs_and_nothing_else(guarded: GuardedServers, user: User) -> None:
    streams = [f"STREAM.{verb}.{name}" for verb, name in product(STREAM_VERBS, (WINDOWS, DEAD_LETTERS, ADVISORIES))]
    consumers = [f"CONSUMER.{verb}.{WINDOWS}.{name}" for verb, name in product(CONSUMER_VERBS, ("work", "own"))]
    tried = {*ASKED, *EVENTS_SENT, *HEALTH, *(f"$JS.API.{one}" for one in (*streams, *consumers)), *NOBODYS}
    needed = {one.subject for one in ASKS[user]} | SENT[user] | {f"$JS.API.{one}" for one in JETSTREAM.get(user, ())}
    refused: list[str] = []
    async with connected(guarded, user, refused) as client:
        for subject in tried:
            await client.publish(subject, b"{}")
        await client.flush()
        await eventually_refused(tried - needed, refused, "publish")


@pytest.mark.parametrize("user", list(User))
async def test_a_user_hears_what_is_meant_for_it_and_nothing_else(guarded: GuardedServers, user: User) -> None:
    inboxes = {f"_INBOX.{service}.>" for service in Service}
    tried = ASKED | {*(one.subject for one in EVENTS)} | HEALTH | inboxes | {">", "dataops.>", "_INBOX.>", *NOBODYS}
    owned = {one.subject for one in REQUESTS if one.owner == user}
    own = inboxes | {"_INBOX.>"} if user is User.OPS else {f"_INBOX.{user}.>", f"dataops.health.{user}"}
    refused: list[str] = []
    async with connected(guarded, user, refused) as client:
        for subject in tried:
            await client.subscribe(subject)
        await client.flush()
        await eventually_refused(tried - owned - own - SUBSCRIBED[user], refused, "subscription")


async def eventually_refused(expected: set[str], refused: list[str], kind: str) -> None:
    """Exactly these. nats-py hands on what the broker said in small letters."""

    def seen() -> set[str]:
        return {found[1] for one in refused if (found := re.search(rf'{kind} to "([^"]+)"', one))}

    async def enough() -> bool:
        return len(seen()) >= len(expected)

    await eventually(enough)
    assert seen() == {one.casefold() for one in expected}


@pytest.mark.parametrize("login", ["", "work:wrong@"], ids=["no password", "a wrong password"])
async def test_the_broker_lets_nobody_in(guarded: GuardedServers, login: str) -> None:
    async def note(error: Exception) -> None:
        said.append(str(error))

    async def reason_was_logged() -> bool:
        """Every attempt must fail. The reason may be lost when the server closes before all of it was read."""
        client = Client()
        with pytest.raises(NatsError):
            await client.connect(f"nats://{login}{guarded.nats_address}", allow_reconnect=False, error_cb=note)
        await client.close()
        return any("Authorization Violation" in one for one in said)

    said: list[str] = []
    await eventually(reason_was_logged)


@pytest.mark.parametrize(
    "credentials", [{}, {"username": "work", "password": "wrong"}], ids=["no password", "a wrong password"]
)
async def test_the_database_lets_nobody_in(guarded: GuardedServers, credentials: dict[str, str]) -> None:
    async with mongo_client(guarded, **credentials) as client:
        with pytest.raises(OperationFailure, match=r"(?i)auth"):
            await client["dataops_work"]["tasks"].find_one()


async def test_a_service_that_is_refused_stops_and_says_so(guarded: GuardedServers) -> None:
    """With the permissions of another one it could otherwise sit there and hear nothing, for ever."""
    scheduler, notifier = guarded.settings_of(User.SCHEDULER), guarded.settings_of(User.NOTIFIER)
    mixed = scheduler.model_copy(update={"nats_url": notifier.nats_url})
    with pytest.raises(StartError, match=r"NATS refuses scheduler \(.*ermissions .iolation.*check its password"):
        await asyncio.wait_for(import_module("services.scheduler.app").serve(mixed), 15)


async def test_a_service_with_a_wrong_password_stops_and_says_so(guarded: GuardedServers, tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("not-the-password-it-has")
    (tmp_path / "wrong").chmod(0o600)
    environment = {
        "DATAOPS_NATS_URL": f"nats://scheduler@{guarded.nats_address}",
        "DATAOPS_NATS_PASSWORD_FILE": str(tmp_path / "wrong"),
        "DATAOPS_MONGO_URL": f"mongodb://scheduler@{guarded.mongo_address}/?replicaSet=rs0&authSource=admin",
        "DATAOPS_MONGO_PASSWORD_FILE": str(guarded.secrets / "scheduler" / "mongo_password"),
    }
    command = [sys.executable, "-m", "services.cli.main", "run", "scheduler"]
    process = await asyncio.create_subprocess_exec(
        *command, stderr=PIPE, env={"PATH": os.environ["PATH"], **environment}
    )
    lines = (await asyncio.wait_for(process.communicate(), 30))[1].decode().splitlines()
    assert process.returncode == 1
    assert lines[-1].startswith("dataops: NATS refuses scheduler (nats: 'Authorization Violation'): check its password")
    assert "not-the-password-it-has" not in "".join(lines)


@asynccontextmanager
async def mongo_client(servers: GuardedServers, **credentials: str) -> AsyncGenerator[AsyncMongoClient]:
    client = AsyncMongoClient(
        f"mongodb://{servers.mongo_address}/?replicaSet=rs0", serverMonitoringMode="poll", **credentials
    )
    try:
        yield client
    finally:
        await client.close()


@pytest.mark.parametrize("user", list(User))
async def test_the_database_lets_a_user_into_its_own_and_no_other(guarded: GuardedServers, user: User) -> None:
    own = Service.PORTAL if user is User.OPS else Service(user)
    async with connection.connect(guarded.settings_of(user), own) as database:
        await create_indexes(database, [Index("tried", "by_name", ("name",))])

        async def insert(session: Session) -> None:
            await database["tried"].insert_one({"name": user}, session=session)

        await in_transaction(database, insert)
        found = await find_at(database, await cluster_time(database), "tried", {})
        assert [document["name"] for document in found] == [user]
        await database["tried"].drop()
        for other in {"admin", "local", *(f"dataops_{service}" for service in Service)} - {f"dataops_{own}"}:
            for command in (
                {"find": "tasks"},
                {"insert": "tasks", "documents": [{"name": user}]},
                {"dropDatabase": 1},
                {"createUser": "intruder", "pwd": "x" * 20, "roles": []},
            ):
                with pytest.raises(OperationFailure, match="not authorized"):
                    await database.client[other].command(command)


@pytest.mark.parametrize("user", list(User))
async def test_only_work_may_read_parameters_and_nobody_set_them(guarded: GuardedServers, user: User) -> None:
    own = Service.PORTAL if user is User.OPS else Service(user)
    async with connection.connect(guarded.settings_of(user), own) as database:
        reading = database.client.admin.command({"getParameter": 1, KEPT: 1})
        if user is User.WORK:
            assert (await reading)[KEPT] == 1_800
        else:
            with pytest.raises(OperationFailure, match="not authorized"):
                await reading
        with pytest.raises(OperationFailure, match="not authorized"):
            await database.client.admin.command({"setParameter": 1, KEPT: 0})


async def test_work_finds_the_history_of_the_server_long_enough(guarded: GuardedServers) -> None:
    async with connection.connect(guarded.settings_of(User.WORK), Service.WORK) as database:
        with capture_logs() as logged:
            await Snapshots(database).prepare()
    assert logged == []


async def test_mongo_users_brings_an_earlier_deployment_up_to_date(guarded: GuardedServers) -> None:
    """Roles and users that are there already get what this version gives them."""
    await asyncio.to_thread(provision, guarded.secrets, [guarded.mongo_address])
    async with connection.connect(guarded.settings_of(User.WORK), Service.WORK) as database:
        roles = (await database.client.admin.command({"connectionStatus": 1}))["authInfo"]["authenticatedUserRoles"]
    assert {(one["role"], one["db"]) for one in roles} == {(READ_PARAMETERS, "admin"), ("readWrite", "dataops_work")}
