"""A real Chromium before the whole system, which lives on Wednesday 2 February 2028, 08:00, in Berlin."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import NoReturn, Protocol

import pytest
from playwright.async_api import Browser, Error, Page, async_playwright, expect

from contracts.values import Service
from services.portal.auth.access import Role
from tests.api.people import Person, add_person
from tests.browser.chromium import FLAGS, NO_CHROMIUM, driver_runs, executable
from tests.system import KeptSystem, System

EXPECTED = ("Failed to load resource", "Response Status Error Code")
"""What the console says of a refusal, by the browser and by htmx; anything else in it, a violated policy above all,
fails the test."""
_PATIENCE_MS = 15_000
expect.set_options(timeout=_PATIENCE_MS)


class Opens(Protocol):
    def __call__(self, person: Person, *, width: int = 1280, javascript: bool = True) -> Awaitable[Page]: ...


def _go_without() -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(NO_CHROMIUM)
    pytest.skip(NO_CHROMIUM)


@pytest.fixture(scope="session")
async def chromium() -> AsyncGenerator[Browser]:
    if not await asyncio.to_thread(driver_runs):
        _go_without()
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        except Error:
            _go_without()
        yield browser
        await browser.close()


@pytest.fixture
async def system(kept_system: KeptSystem) -> System:
    return await kept_system.begin("2028-02-02 07:00", *Service, timezone="Europe/Berlin")


@pytest.fixture
async def operator(system: System) -> Person:
    return await add_person(system.settings, "olivia@example.org", "Olivia Operations")


@pytest.fixture
async def admin(system: System) -> Person:
    return await add_person(system.settings, "adrian@example.org", "Adrian Admin", Role.ADMIN)


@pytest.fixture
async def opened(system: System, chromium: Browser) -> AsyncGenerator[Opens]:
    """Opens Home in a browser of its own, signed in through the form."""
    faults: list[str] = []
    closing: list[Callable[[], Awaitable[None]]] = []

    async def open_home(person: Person, *, width: int = 1280, javascript: bool = True) -> Page:
        context = await chromium.new_context(
            base_url=system.portal_url,
            viewport={"width": width, "height": 900},
            java_script_enabled=javascript,
            reduced_motion="reduce",
        )
        closing.append(context.close)
        page = await context.new_page()
        page.set_default_timeout(_PATIENCE_MS)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        await page.goto("/")
        await page.get_by_label("E-mail").fill(person.email)
        await page.get_by_label("Password").fill(person.password)
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_role("heading", name="Operations Home").wait_for()
        return page

    yield open_home
    for close in closing:
        await close()
    assert [fault for fault in faults if not fault.startswith(EXPECTED)] == []
