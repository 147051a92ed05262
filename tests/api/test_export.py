"""The export over HTTP: who may have it, the archive, the server's own directory, and the page."""

import hashlib
import json
import os
import re
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.transfer.export_records import Entity
from contracts.values import Service
from services.exports.validator import validate
from services.kit.mongo import connection
from services.kit.settings import Settings
from tests.api.files import task_of, uploaded
from tests.api.people import Browser, Person, browser_of, client_of, hidden
from tests.support.exports import files_of
from tests.system import System, eventually


@pytest.fixture
async def admins_api(system: System, admin: Person) -> AsyncGenerator[httpx.AsyncClient]:
    async with client_of(system.portal_url, admin) as client:
        yield client


@pytest.fixture
async def admins_browser(system: System, admin: Person) -> AsyncGenerator[Browser]:
    async with browser_of(system.portal_url, admin) as browser:
        yield browser


def files_in(directory: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in directory.iterdir()}


def checked(files: dict[str, bytes]) -> dict[str, Any]:
    """The manifest, once every file is as it says."""
    manifest = json.loads(files["manifest.json"])
    for entity, name in manifest["entity_files"].items():
        lines = files[name].splitlines(keepends=True)
        assert all(line.endswith(b"\n") for line in lines), name
        assert manifest["entity_counts"][entity] == len(lines), name
        assert manifest["checksums"][name] == f"sha256:{hashlib.sha256(files[name]).hexdigest()}", name
    return manifest


async def audited(settings: Settings) -> list[dict[str, Any]]:
    async with connection.connect(settings, Service.PORTAL) as database:
        return await database["audit"].find({"kind": "export"}, {"_id": 0, "at": 0}).to_list(None)


@pytest.mark.requirement("R-EXP-1")
async def test_an_admin_downloads_everything_as_one_archive(
    system: System, admins_api: httpx.AsyncClient, admin: Person
) -> None:
    task = await task_of(system, admins_api, requires_file=True)
    await uploaded(admins_api, task["id"], "invoice.pdf")

    reply = await admins_api.get("/api/export")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/zip")
    name = r'attachment; filename="dataops-export-20280202T0800\d\dZ\.zip"'
    assert re.fullmatch(name, reply.headers["content-disposition"])

    files = files_of(reply.content)
    assert list(files) == [*(entity.file_name for entity in Entity), "manifest.json"]
    manifest = checked(files)
    assert (manifest["schema_version"], manifest["export_format_version"]) == ("dataops.execution.v1", 1)
    assert {"users.password_hash", "sessions"} <= set(manifest["redactions"])
    assert manifest["omitted_entities"] == ["sessions"]
    [exported] = map(json.loads, files["tasks.jsonl"].splitlines())
    [file] = map(json.loads, files["files.jsonl"].splitlines())
    assert exported["task_id"] == file["task_id"] == task["id"]
    assert [json.loads(line)["email"] for line in files["users.jsonl"].splitlines()] == [admin.email]
    assert not {key for content in files.values() for key in (b"argon2", b'password_hash":', b"%PDF") if key in content}
    records = sum(manifest["entity_counts"].values())
    assert await audited(system.settings) == [
        {"kind": "export", "actor": admin.id, "to": "download", "records": records}
    ]


@pytest.mark.requirement("R-EXP-1")
async def test_only_admins_may_export(system: System, api: httpx.AsyncClient, browser: Browser) -> None:
    for method, path in (("GET", "/api/export"), ("POST", "/api/cron/export")):
        assert (await api.request(method, path)).status_code == 403, path
    assert (await browser.get("/export")).status_code == 403
    assert (await browser.get("/export/archive")).status_code == 403
    assert (await browser.post("/export", {})).status_code == 403
    assert await audited(system.settings) == []


async def test_the_server_has_no_directory_of_its_own_unless_configured(admins_api: httpx.AsyncClient) -> None:
    reply = await admins_api.post("/api/cron/export")
    assert (reply.status_code, reply.json()) == (400, {"error": "EXPORT_OUTPUT_DIR is not configured"})
    assert (await admins_api.get("/api/cron/export")).status_code == 405


@pytest.fixture
async def output_dir(system: System, tmp_path: Path) -> AsyncGenerator[Path]:
    """The portal runs with such a directory while the test does."""
    unconfigured, directory = system.settings, tmp_path / "exports"
    system.settings = unconfigured.model_copy(update={"export_output_dir": directory})
    await system.stop(Service.PORTAL)
    await system.start(Service.PORTAL)
    yield directory
    system.settings = unconfigured
    await system.stop(Service.PORTAL)
    await system.start(Service.PORTAL)


@pytest.mark.requirement("R-EXP-1")
async def test_the_server_writes_into_its_directory_or_leaves_what_is_there(
    system: System, output_dir: Path, admin: Person
) -> None:
    async with client_of(system.portal_url, admin) as api:
        task = await task_of(system, api)
        reply = await api.post("/api/cron/export")
        manifest = checked(files_in(output_dir))
        assert (reply.status_code, reply.json()) == (
            200,
            {
                "output_dir": str(output_dir),
                "schema_version": "dataops.execution.v1",
                "entity_counts": manifest["entity_counts"],
                "generated_at": manifest["generated_at"],
            },
        )
        assert task["id"] in (output_dir / "tasks.jsonl").read_text()
        assert validate(output_dir).faults.errors == []

        (output_dir / "notes.txt").write_text("mine")
        refused = await api.post("/api/cron/export")
        assert refused.status_code == 400
        assert re.search("EXPORT_OUTPUT_DIR cannot be used: .* not from an export", refused.json()["error"])
        assert checked(files_in(output_dir)) == manifest
        assert os.listdir(output_dir.parent) == ["exports"]


@pytest.mark.requirement("R-EXP-1")
async def test_an_export_without_work_is_refused_before_its_first_byte(
    system: System, admins_api: httpx.AsyncClient
) -> None:
    await system.stop(Service.WORK)
    reply = await admins_api.get("/api/export")
    assert reply.status_code == 503
    assert "work service does not answer" in reply.json()["error"]


@pytest.mark.requirement("R-EXP-1")
async def test_the_page_makes_an_export_and_offers_it_to_who_made_it(system: System, admins_browser: Browser) -> None:
    assert "Export everything" in (await admins_browser.get("/export")).text
    assert (await admins_browser.get("/export/archive")).status_code == 404
    reply = await admins_browser.post("/export", {})
    assert (reply.status_code, reply.headers["location"]) == (303, "/export")

    async def is_ready() -> bool:
        return "<b>Ready.</b>" in (await admins_browser.get("/export")).text

    await eventually(is_ready)
    archive = await admins_browser.get("/export/archive")
    assert archive.headers["content-disposition"].startswith("attachment; ")
    checked(files_of(archive.content))


@pytest.mark.requirement("R-EXP-1")
async def test_portal_start_removes_the_spool_of_a_killed_one(
    system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "dataops-export-1234abcd").mkdir()
    (tmp_path / "dataops-export-1234abcd" / "tasks.jsonl").write_text("half of them")
    await system.stop(Service.PORTAL)
    await system.start(Service.PORTAL)
    assert os.listdir(tmp_path) == []


@pytest.mark.requirement("R-EXP-1")
async def test_a_failed_export_says_so_on_its_page(system: System, admins_browser: Browser) -> None:
    await system.stop(Service.WORK)
    token = hidden((await admins_browser.get("/export")).text, "csrf")
    await admins_browser.post("/export", {}, token=token)
    page = (await admins_browser.get("/export")).text
    assert "The export did not succeed. The work service does not answer. Start it again in a moment.<" in page
    assert (await admins_browser.get("/export/archive")).status_code == 404
