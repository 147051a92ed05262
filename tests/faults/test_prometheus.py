"""A real Prometheus on a running stack: it finds every figure that an alert asks for, and nothing to complain of."""

import asyncio
import datetime as dt
import json
import shutil
import socket
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import nats
import promql_parser
import pytest
import yaml

from contracts.recurring import CreateRecurring
from contracts.subjects import CREATE_RECURRING
from contracts.values import Service
from services.cli.stack.child import Child
from services.cli.stack.ports import LOCALHOST, free_ports
from services.kit import deadlines
from services.kit.broker import encode
from services.kit.clock import Clock
from services.kit.unavailable import TOO_LATE
from tests.api.people import Person, client_of
from tests.support.metrics import RULES, alert_expressions, groupings, selectors
from tests.support.stack import up
from tests.system import eventually

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(900),
    pytest.mark.requirement("R-REL-2"),
    pytest.mark.skipif(not shutil.which("prometheus"), reason="needs the Debian package prometheus"),
]

ONLY_IN_TROUBLE = {"status_code": {"500", "503"}, "cause": {"bug"}}
"""Values of labels that no healthy stack has."""


def four_ports() -> int:
    """The first of four free ports in a row."""
    for first in free_ports(50):
        with suppress(OSError):
            for port in range(first, first + 4):
                socket.create_server((LOCALHOST, port)).close()
            return first
    raise AssertionError("no four free ports in a row")


def configuration(first: int) -> dict[str, Any]:
    """As deployed, but for what its first lines say of a stack without containers, and quicker."""
    deployed = yaml.safe_load(RULES.with_name("prometheus.yml").read_text())
    targets = [
        {"targets": [f"{LOCALHOST}:{first + number}"], "labels": {"service": service.value}}
        for number, service in enumerate((Service.SCHEDULER, Service.WORK, Service.NOTIFIER, Service.PORTAL))
    ]
    [job] = deployed["scrape_configs"]
    return {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(RULES)],
        "scrape_configs": [{"job_name": job["job_name"], "static_configs": targets}],
    }


@asynccontextmanager
async def prometheus(directory: Path, first: int) -> AsyncGenerator[httpx.AsyncClient]:
    [port] = free_ports(1)
    file = directory / "prometheus.json"
    file.write_text(yaml.safe_dump(configuration(first)))
    command = [
        "prometheus",
        f"--config.file={file}",
        f"--storage.tsdb.path={directory / 'series'}",
        f"--web.listen-address={LOCALHOST}:{port}",
    ]
    child = await Child.spawn("prometheus", command, log=directory / "prometheus.log")
    async with httpx.AsyncClient(base_url=f"http://{LOCALHOST}:{port}") as client:

        async def all_targets_are_up() -> bool:
            assert child.process.returncode is None, child.last_words()
            with suppress(httpx.TransportError):
                reply = await client.get("/api/v1/query", params={"query": 'up{job="dataops"} == 1'})
                return reply.is_success and len(reply.json()["data"]["result"]) == len(Service)
            return False

        try:
            await eventually(all_targets_are_up, within=60)
            yield client
        finally:
            await child.stop()


async def series(client: httpx.AsyncClient, selector: str) -> list[dict[str, str]]:
    reply = await client.get("/api/v1/series", params={"match[]": selector})
    return reply.json()["data"]


async def add_admin(directory: Path) -> Person:
    words = ["users", "add", "ann@example.org", "--name", "Ann", "--role", "admin", "--data-dir", str(directory)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli.main", *words, stdout=asyncio.subprocess.PIPE
    )
    printed = (await process.communicate())[0].decode()
    return Person("", "ann@example.org", printed.partition("Password: ")[2].split()[0])


async def cause_figures(url: str, nats_port: int, person: Person) -> None:
    """A request, a schedule that opens next minute, and a command that comes after its deadline."""
    opening = Clock.wall() + dt.timedelta(minutes=1 if Clock.wall().second < 45 else 2)
    cron = f"{opening.minute} {opening.hour} * * *"
    async with client_of(url, person) as api:
        reply = await api.post("/api/recurring", json={"description": "Slack invites", "cronExpression": cron})
        assert reply.status_code == 201
    client = await nats.connect(f"nats://{LOCALHOST}:{nats_port}")
    body = encode(CreateRecurring(key="late", description="Late", cron_expression="0 9 * * *"))
    late = deadlines.header_of(Clock.wall() - dt.timedelta(minutes=1))
    refused = await client.request(CREATE_RECURRING.subject, body, timeout=10, headers=late)
    assert json.loads(refused.data)["code"] == TOO_LATE
    await client.close()


def demanded() -> Iterator[tuple[str, set[str]]]:
    """The selectors of all rules, without values that only trouble brings, and the labels that a rule names."""
    for expression in alert_expressions():
        tree = promql_parser.parse(expression)
        for selector in selectors(tree):
            matchers = [one for one in selector.matchers.matchers if one.value not in ONLY_IN_TROUBLE.get(one.name, ())]
            wanted = ",".join(f'{one.name}="{one.value}"' for one in matchers)
            yield f"{selector.name}{{{wanted}}}", {one.name for one in selector.matchers.matchers} | groupings(tree)


async def test_healthy_stack_has_every_figure_and_no_alert(tmp_path: Path) -> None:
    first = four_ports()
    async with (
        up(tmp_path / "stack", "--empty", DATAOPS_METRICS_PORT=str(first)) as (_, ports),
        prometheus(tmp_path, first) as client,
    ):
        await cause_figures(f"http://{LOCALHOST}:{ports['portal']}", ports["nats"], await add_admin(tmp_path / "stack"))
        missing: list[str] = []

        async def all_figures_are_there() -> bool:
            wanted = list(demanded())
            found = [await series(client, selector) for selector, _ in wanted]
            missing[:] = [
                f"{selector} with {sorted(labels)}, found {some[:1]}"
                for (selector, labels), some in zip(wanted, found, strict=True)
                if not any(labels <= one.keys() for one in some)
            ]
            return not missing

        try:
            await eventually(all_figures_are_there, within=240)
        except AssertionError:
            raise AssertionError("\n".join(missing)) from None
        rules = (await client.get("/api/v1/rules")).json()["data"]["groups"][0]["rules"]
        assert len(rules) == len(alert_expressions())
        assert {rule["name"]: rule["lastError"] for rule in rules if rule.get("lastError")} == {}
        assert [rule["name"] for rule in rules if rule["state"] == "firing"] == []
        print(f"{len(rules)} rules, {len(list(demanded()))} selectors, figures of {len(Service)} services")
