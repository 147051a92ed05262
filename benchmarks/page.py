"""Home as a page, with few and with many rows, and how soon an open one shows a change: ``python -m benchmarks.page``.

The system is that of benchmarks.home, with 30 and then with 300 tasks that need attention among as many stored ones.
Requests are made one after the other, for everybody's tasks; ``sent`` is what travels, compressed. ``assets`` are all
style sheets and scripts of the page. ``visible`` is from the answer of the API, to another person who creates or
completes a task, until the row has come or gone on a page that is open in Chromium. ``ceiling`` is a route that asks
nobody.
"""

import argparse
import asyncio
import json
import re
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

import httpx
from playwright.async_api import Page, async_playwright

from benchmarks.home import at, fill, running_portal, times
from services.kit.mongo import connection
from tests.api.people import Person, add_person, browser_of, client_of
from tests.browser.chromium import FLAGS, executable

_ATTENTION = (30, 300)
_HOME = "/?scope=everyone"
_ASSET = re.compile(r'"(/assets/[^"]+\.(?:css|js))"')


@dataclass(frozen=True)
class Result:
    """Milliseconds and bytes."""

    attention: int
    p50_ms: float
    p99_ms: float
    ceiling_p50_ms: float
    page_bytes: int
    sent_bytes: int
    assets_bytes: int
    assets_sent_bytes: int
    visible_p50_ms: float
    visible_p95_ms: float


async def measure(attention: int, tasks: int, requests: int, changes: int) -> Result:
    async with running_portal() as settings:
        async with connection.connect(settings, "work") as database:
            await fill(database, tasks, attention)
        reader = await add_person(settings, "reader@example.org", "Reader")
        writer = await add_person(settings, "writer@example.org", "Writer")
        url = f"http://127.0.0.1:{settings.portal_port}"
        async with browser_of(url, reader) as browser, client_of(url, writer) as api:
            home = await times(browser.client, _HOME, requests)
            ceiling = await times(api, "/api/me", requests)
            page, sent = await _weight(browser.client, _HOME)
            text = (await browser.client.get(_HOME)).text
            assets = [await _weight(browser.client, path) for path in sorted(set(_ASSET.findall(text)))]
            async with _opened(url, reader) as opened:
                visible = sorted([one async for one in _visible(opened, api, changes)])
    return Result(
        attention,
        p50_ms=at(home, 0.5),
        p99_ms=at(home, 0.99),
        ceiling_p50_ms=at(ceiling, 0.5),
        page_bytes=page,
        sent_bytes=sent,
        assets_bytes=sum(whole for whole, _ in assets),
        assets_sent_bytes=sum(packed for _, packed in assets),
        visible_p50_ms=at(visible, 0.5),
        visible_p95_ms=at(visible, 0.95),
    )


async def _weight(client: httpx.AsyncClient, path: str) -> tuple[int, int]:
    """Bytes as they are and as they travel."""
    reply = await client.get(path, headers={"accept-encoding": "gzip, br"})
    return len(reply.content), reply.num_bytes_downloaded


@asynccontextmanager
async def _opened(url: str, person: Person) -> AsyncGenerator[Page]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        page = await chromium.new_page(base_url=url)
        await page.goto(_HOME)
        await page.get_by_label("E-mail").fill(person.email)
        await page.get_by_label("Password").fill(person.password)
        await page.get_by_role("button", name="Sign in").click()
        await page.locator("#live", has_text="Live").wait_for()
        yield page
        await chromium.close()


async def _visible(page: Page, api: httpx.AsyncClient, changes: int) -> AsyncGenerator[float]:
    """Milliseconds a change: tasks come, then go, so late that they stand among the first rows."""
    rows = [f"Call the printer, {number}" for number in range(changes // 2)]
    ids: list[str] = []
    for description in rows:
        reply = await api.post("/api/tasks", json={"description": description, "date": "2027-12-01"})
        began = time.perf_counter()
        ids.append(reply.json()["id"])
        await page.locator(f"#task-{ids[-1]}").wait_for(state="visible")
        yield (time.perf_counter() - began) * 1_000
    for id in ids:
        reply = await api.post(f"/api/tasks/{id}/completion", json={})
        began = time.perf_counter()
        assert reply.status_code == 200, reply.text
        await page.locator(f"#overdue #task-{id}").wait_for(state="detached")
        yield (time.perf_counter() - began) * 1_000


def _lines(results: list[Result]) -> Iterator[str]:
    for result in results:
        yield "  ".join(f"{name} {value:,}" for name, value in asdict(result).items())


async def _measure_all(tasks: int, requests: int, changes: int) -> list[Result]:
    return [await measure(attention, tasks, requests, changes) for attention in _ATTENTION]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tasks", type=int, default=1_000, help="how many are stored")
    parser.add_argument("--requests", type=int, default=200, help="how often the page is asked for")
    parser.add_argument("--changes", type=int, default=40, help="how many are waited for on the open page")
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")
    arguments = parser.parse_args()
    if arguments.tasks < max(_ATTENTION) or arguments.requests < 5 or arguments.changes < 2:
        parser.error(f"--tasks must be at least {max(_ATTENTION)}, --requests at least 5 and --changes at least 2")
    results = asyncio.run(_measure_all(arguments.tasks, arguments.requests, arguments.changes))
    print(json.dumps([asdict(result) for result in results]) if arguments.json else "\n".join(_lines(results)))


if __name__ == "__main__":
    main()
