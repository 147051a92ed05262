"""An admin exports everything with two clicks."""

import zipfile
from pathlib import Path

import pytest
from playwright.async_api import expect

from contracts import subjects
from contracts.recurring import CreateRecurring
from services.exports.validator import validate
from tests.api.people import Person
from tests.browser.conftest import Opens
from tests.system import System


@pytest.mark.requirement("R-EXP-1")
async def test_an_admin_exports_everything_and_downloads_it(
    system: System, opened: Opens, admin: Person, tmp_path: Path
) -> None:
    await system.ask(subjects.CREATE_RECURRING, CreateRecurring(description="Invites", cron_expression="0 9 * * *"))
    page = await opened(admin)
    await page.get_by_label("Account of Adrian Admin").click()
    await page.get_by_role("link", name="Export").click()
    await page.get_by_role("button", name="Export everything").click()
    await expect(page.get_by_text("Ready.")).to_be_visible()
    await expect(page.get_by_role("button", name="Export again")).to_be_visible()
    async with page.expect_download() as downloading:
        await page.get_by_role("link", name="Download").click()
    download = await downloading.value
    archive = tmp_path / download.suggested_filename
    await download.save_as(archive)
    assert archive.name.startswith("dataops-export-20280202T07")
    assert zipfile.ZipFile(archive).namelist()[-1] == "manifest.json"
    assert validate(archive).faults.errors == []
