"""What bad input is tried on, and how a case of it is written down."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.api.files import task_of, uploaded
from tests.api.oracle import nothing_happens
from tests.api.people import SAME_ORIGIN, Browser
from tests.support.artifacts import added, run_of
from tests.system import System


@dataclass(frozen=True)
class World:
    """A system, who uses it, and the ids of one of each kind."""

    system: System
    api: httpx.AsyncClient
    browser: Browser
    boss: Browser
    ids: dict[str, str]


async def things(system: System, api: httpx.AsyncClient) -> dict[str, str]:
    task = await task_of(system, api)
    done = await task_of(system, api, day="2028-03-02")
    waiting = await task_of(system, api, day="2028-03-03")
    bundle, step = await run_of(api)
    file = await uploaded(api, task["id"])
    artifact = await added(api, taskId=task["id"])
    wait = {"waitingFor": "Ada", "followUpAt": "2028-02-04", "note": "Asked"}
    assert (await api.post(f"/api/tasks/{waiting['id']}/waiting", json=wait)).status_code == 200
    assert (await api.post(f"/api/tasks/{done['id']}/completion")).status_code == 200
    return {
        "task": task["id"],
        "done": done["id"],
        "waiting": waiting["id"],
        "config": task["recurringConfigId"],
        "bundle": bundle["id"],
        "template": bundle["templateId"],
        "step": step["id"],
        "file": file["id"],
        "artifact": artifact["id"],
        "unknown": "5e8400e2-29b4-4d4a-a716-446655440000",
    }


@dataclass(frozen=True)
class Bad:
    """A request to the API, what it is answered with, and a word that the answer says."""

    what: str
    method: str
    path: str
    body: Any = None
    content: bytes | None = None
    headers: Mapping[str, str] | None = None
    status: int | tuple[int, ...] = 400
    reason: str = ""


def cases(group: str, *bad: Bad) -> list[Any]:
    """With ids that begin with the group's letter, so that a run can count what it tried of each group."""
    return [pytest.param(one, id=f"{group}: {one.what}") for one in bad]


def named(group: str, values: Iterable[Any]) -> list[Any]:
    """Plain values as cases."""
    return [pytest.param(value, id=f"{group}: {ascii(value)[:60]}") for value in values]


async def is_refused(world: World, bad: Bad) -> None:
    """The oracle: refused in the shape that the path has, with the field or the reason, and nothing happened."""
    async with nothing_happens(world.system, world.api):
        reply = await world.api.request(
            bad.method,
            filled(bad.path, world.ids),
            content=bad.content,
            json=filled_body(bad.body, world.ids),
            headers=bad.headers,
        )
    allowed = bad.status if isinstance(bad.status, tuple) else (bad.status,)
    assert reply.status_code in allowed, (reply.status_code, reply.text[:500])
    assert bad.reason.lower() in reply.text.lower(), reply.text[:500]
    assert reply.headers["content-type"] == "application/json"
    assert set(reply.json()) <= {"error", "fields", "missing", "current", "code", "references", "recurringConfigId"}


async def form_is_refused(
    world: World, path: str, fields: dict[str, str], *, status: int | tuple[int, ...], reason: str = ""
) -> httpx.Response:
    """A form that a page without script sends: answered with a page, and nothing happened."""
    async with nothing_happens(world.system, world.api):
        reply = await world.browser.post(filled(path, world.ids), fields)
    allowed = status if isinstance(status, tuple) else (status,)
    assert reply.status_code in allowed, (reply.status_code, reply.text[:500])
    assert reason.lower() in reply.text.lower(), reply.text[:500]
    return reply


async def raw_form(world: World, path: str, body: bytes, content_type: str) -> httpx.Response:
    """A form whose bytes no browser would send; with the token in it where ``CSRF`` stands."""
    token = (await world.browser.token()).encode()
    async with nothing_happens(world.system, world.api):
        return await world.browser.client.post(
            filled(path, world.ids),
            content=body.replace(b"CSRF", token),
            headers=SAME_ORIGIN | {"content-type": content_type},
        )


def filled(text: str, ids: Mapping[str, str]) -> str:
    """With the ids of the things that it names, such as ``<task>``."""
    for name, value in ids.items():
        text = text.replace(f"<{name}>", value)
    return text


def filled_body(body: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(body, dict):
        return {name: filled_body(value, ids) for name, value in body.items()}
    if isinstance(body, list):
        return [filled_body(value, ids) for value in body]
    return filled(body, ids) if isinstance(body, str) else body
