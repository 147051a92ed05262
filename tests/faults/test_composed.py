"""`docker compose up` for real: sign-in works, and of three servers of a kind the leader may be killed."""

import asyncio
import datetime as dt
import json
import os
from collections import Counter
from pathlib import Path

import httpx
import pytest

from services.kit.clock import Clock
from tests.faults.composed import CLUSTER, SINGLE, Composed, composed, why_not
from tests.system import eventually

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(3_600),
    pytest.mark.skipif(bool(reason := why_not()), reason=f"needs an engine of containers: {reason}"),
]

AT_ONCE = 40
LEADERS = """
import asyncio, json, nats
from pymongo import AsyncMongoClient
from services.kit.settings import Settings
async def main():
    settings = Settings()
    client = await nats.connect(settings.nats_url.get_secret_value())
    stream = await client.jetstream().stream_info("WINDOWS")
    database = AsyncMongoClient(settings.mongo_url.get_secret_value())
    hello = await database.admin.command("hello")
    print(json.dumps({"nats": stream.cluster.leader, "mongo": hello["primary"]}))
    await client.close()
    await database.close()
asyncio.run(main())
"""


@pytest.mark.requirement("R-SEC-2")
async def test_compose_up_lets_an_admin_sign_in(tmp_path: Path) -> None:
    async with composed(tmp_path, dict(os.environ), SINGLE) as deployment:
        person = await deployment.add_admin("ann@example.org")
        async with deployment.signed_in(person) as api:
            assert (await api.get("/api/me")).json()["user"]["email"] == person.email
            assert "Slack" in await deployment.ops("seed")
            schedules = (await api.get("/api/schedules")).json()["schedules"]
            assert len(schedules) == 9
        assert await deployment.is_well()


async def leaders(deployment: Composed) -> dict[str, str]:
    """The services whose containers lead: of the stream of windows, and of the replica set."""
    found = json.loads(await deployment.ops("-c", LEADERS, entrypoint="python"))
    return {"nats": found["nats"].replace("nats-1", "nats"), "mongo": found["mongo"].partition(":")[0]}


async def add_schedules(api: httpx.AsyncClient, opening: dt.datetime) -> list[str]:
    """The ids of recurring configs that open together, once a day."""
    cron = f"{opening.minute} {opening.hour} * * *"
    replies = [
        await api.post(
            "/api/recurring", json={"description": f"Opens {opening:%H:%M} {number}", "cronExpression": cron}
        )
        for number in range(AT_ONCE)
    ]
    return [reply.json()["recurringConfig"]["id"] for reply in replies]


async def made(api: httpx.AsyncClient, opening: dt.datetime) -> Counter[str]:
    """Tasks of that date by recurring config; none while an owner or its database is away."""
    reply = await api.get("/api/tasks", params={"date": f"{opening:%Y-%m-%d}"})
    tasks = reply.json()["tasks"] if reply.is_success else []
    return Counter(task["recurringConfigId"] for task in tasks if "recurringConfigId" in task)


@pytest.mark.requirement("R-REL-1")
async def test_cluster_makes_each_window_once_without_leaders(tmp_path: Path) -> None:
    """The first of three openings meets the death of the database's primary, the second that of the stream's leader,
    and at the third both are still dead."""
    clock = Clock()
    async with composed(tmp_path, dict(os.environ), SINGLE, CLUSTER) as deployment:
        person = await deployment.add_admin("ann@example.org")
        async with deployment.signed_in(person) as api:
            start = clock.now().replace(second=0, microsecond=0) + dt.timedelta(minutes=2)
            openings = [start + dt.timedelta(minutes=2 * number) for number in range(3)]
            due = {opening: await add_schedules(api, opening) for opening in openings}
            before = await leaders(deployment)
            assert clock.now() < start, "creating the schedules took longer than the time until the first opens"
            for opening, victim in zip(openings, (before["mongo"], before["nats"], None), strict=True):
                await killed_just_before(deployment, clock, opening, victim)

                async def all_are_made(opening: dt.datetime = opening) -> bool:
                    return set(due[opening]) <= set(await made(api, opening))

                await eventually(all_are_made, within=110)
                late = (clock.now() - opening).total_seconds()
                print(f"{victim or 'nobody'} killed before {opening:%H:%M}: all {AT_ONCE} made {late:.1f} s after it")
            after = await leaders(deployment)
            print(f"leaders before {before}, after {after}")
            assert after["mongo"] != before["mongo"]
            assert after["nats"] != before["nats"]
            await assert_each_is_made_once(api, due)
        await deployment.compose("start", before["mongo"], before["nats"])
        await eventually(deployment.is_well, within=180)


async def killed_just_before(deployment: Composed, clock: Clock, opening: dt.datetime, victim: str | None) -> None:
    """The windows open while the others elect a new leader, which takes seconds."""
    container = await deployment.container(victim) if victim else None

    async def is_close() -> bool:
        return clock.now() >= opening - dt.timedelta(seconds=2)

    await eventually(is_close, within=300)
    if container:
        await deployment.kill(container)
        assert clock.now() < opening, "it proves nothing: the windows opened before the kill"


async def assert_each_is_made_once(api: httpx.AsyncClient, due: dict[dt.datetime, list[str]]) -> None:
    for opening, schedules in due.items():
        counted = await made(api, opening)
        assert {one: counted[one] for one in schedules} == dict.fromkeys(schedules, 1)
        rows = await asyncio.gather(*(api.get(f"/api/schedules/{one}/windows") for one in schedules))
        outcomes = [[row["outcome"] for row in reply.json()["windows"]] for reply in rows]
        assert outcomes == [["generated"]] * len(schedules)
