"""An export has every record with its relations, and no secret that anybody wrote anywhere."""

import datetime as dt
import io
import json
import zipfile
from collections.abc import AsyncGenerator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from contracts import subjects
from contracts.duties import CreateStandardDuties
from contracts.runs import ArchiveBundle
from contracts.schedule_rows import ArchiveSchedule
from contracts.tasks import AddComment, CompleteTask, CreateTask, DeleteTask, MarkWaiting
from contracts.templates import DeleteTemplate
from contracts.values import Kind, Service
from services.exports.validator import validate
from services.portal.auth.access import Role
from tests.api.files import task_of, uploaded
from tests.api.people import Person, add_person, client_of
from tests.rules.secret_corpus import SECRETS
from tests.support.artifacts import added, changed, run_of
from tests.system import System, eventually

PDF = b"%PDF-1.7 the bytes of an invoice"
WRITTEN = [text for texts in SECRETS.values() for text in texts]
REDACTED = " ".join(WRITTEN)


@pytest.fixture
async def admin(system: System) -> Person:
    await system.start(Service.PORTAL)
    return await add_person(system.settings, "admin@example.org", "Adrian Admin", Role.ADMIN)


@pytest.fixture
async def api(system: System, admin: Person) -> AsyncGenerator[httpx.AsyncClient]:
    async with client_of(system.portal_url, admin) as client:
        yield client


class Export:
    """What an archive says, read without any code of the exporter."""

    def __init__(self, archive: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            self.texts = {name: opened.read(name).decode() for name in opened.namelist()}
        self.manifest: dict[str, Any] = json.loads(self.texts["manifest.json"])

    def records(self, entity: str) -> dict[str, dict[str, Any]]:
        """By id."""
        name = {"windows": "window_id", "history": "history_id"}.get(entity, f"{entity.removesuffix('s')}_id")
        rows = [json.loads(line) for line in self.texts[f"{entity}.jsonl"].splitlines()]
        return {row[name]: row for row in rows}

    @property
    def seen(self) -> str:
        """Everything, also as somebody sees it who decodes it."""
        return "\n".join(
            view for text in self.texts.values() for view in (text, unquote(unquote(text)), unescape(text))
        )


async def exported(api: httpx.AsyncClient, directory: Path) -> Export:
    """An export that the validator finds no fault with."""
    reply = await api.get("/api/export", timeout=30)
    assert reply.status_code == 200, reply.text
    archive = directory / "export.zip"
    archive.write_bytes(reply.content)
    faults = validate(archive).faults
    assert [fault.message for fault in (*faults.errors, *faults.warnings)] == []
    return Export(reply.content)


async def task(system: System, **fields: Any) -> str:
    new = CreateTask.model_validate({"description": "Ask", "date": dt.date(2028, 2, 2), **fields})
    return (await system.ask(subjects.CREATE_TASK, new)).task.id


@pytest.mark.requirement("R-EXP-2")
async def test_every_entity_keeps_its_relations(
    system: System, api: httpx.AsyncClient, admin: Person, tmp_path: Path
) -> None:
    await system.ask(subjects.CREATE_STANDARD_DUTIES, CreateStandardDuties(operations_id=admin.id, actor=admin.id))
    await system.clock_to("2028-02-08 12:00")
    waits = await task(system, actor=admin.id, assignee_id=admin.id)
    until = MarkWaiting(id=waits, waiting_for="Acme", follow_up_at="2028-02-08", note="Mailed Ada", actor=admin.id)
    await system.ask(subjects.MARK_WAITING, until)

    with_file = await task_of(system, api, "2028-02-08", requires_file=True, proof_requirement={"type": "file"})
    file = await uploaded(api, with_file["id"], "invoice.pdf", content=PDF, category="invoice")
    await system.ask(subjects.COMPLETE_TASK, CompleteTask(id=with_file["id"], actor=admin.id))

    bundle, step = await run_of(api, proofRequirement={"type": "artifact"})
    artifact = await changed(api, await added(api), status="approved")
    listed = {"artifactRefs": [{"artifactId": artifact["id"], "title": "Report"}]}
    assert (await api.put(f"/api/bundles/{bundle['id']}", json=listed)).status_code == 200
    await system.ask(subjects.COMPLETE_TASK, CompleteTask(id=step["id"], actor=admin.id))
    await system.ask(subjects.ARCHIVE_BUNDLE, ArchiveBundle(id=bundle["id"], actor=admin.id))
    await system.ask(subjects.DELETE_TEMPLATE, DeleteTemplate(id=bundle["templateId"], actor=admin.id))

    skipping = {"skipClosure": {"allowedStatuses": ["not needed"]}}
    skipped = await task(system, required_link_name="Luma", validation=skipping, actor="portal-admin")
    await system.ask(subjects.COMPLETE_TASK, CompleteTask(id=skipped, comment="Not needed", actor="portal-admin"))

    gone = await task(system)
    await system.ask(subjects.DELETE_TASK, DeleteTask(id=gone))
    lost = await task(system, assignee_id="user-grace", bundle_id="nowhere", source="slack")
    archived = with_file["recurringConfigId"]
    await system.ask(subjects.ARCHIVE_SCHEDULE, ArchiveSchedule(kind=Kind.RECURRING, id=archived, actor=admin.id))

    async def follow_up_is_notified() -> bool:
        notification = (await api.get("/api/notifications")).json()["notifications"]
        return any(one["type"] == "follow-up-due" and one.get("taskId") == waits for one in notification)

    await eventually(follow_up_is_notified)
    export = await exported(api, tmp_path)

    tasks, configs = export.records("tasks"), export.records("recurring_configs")
    assert {one["recurring_config_id"] for one in tasks.values() if one["source"] == "recurring"} <= configs.keys()
    generated = [one for one in tasks.values() if one["source"] == "template"]
    bundles, templates = export.records("bundles"), export.records("templates")
    assert generated
    for one in generated:
        run = bundles[one["bundle_id"]]
        assert one["template_id"] == run["template_id"]
        definitions = templates[run["template_id"]]["task_definitions"]
        assert one["template_task_ref"] in {definition["refId"] for definition in definitions}

    waiting = tasks[waits]
    assert (waiting["status"], waiting["waiting_for"], waiting["follow_up_at"]) == ("waiting", "Acme", "2028-02-08")
    assert waiting["assignee_id"] in export.records("users")
    [notification] = [
        one for one in export.records("notifications").values() if one["notification_type"] == "follow-up-due"
    ]
    assert (notification["task_id"], notification["due_at"], notification["dismissed"]) == (waits, "2028-02-08", False)

    proof = export.records("files")[file["id"]]
    assert (proof["task_id"], proof["checksum"], proof["size_bytes"]) == (with_file["id"], file["checksum"], len(PDF))
    assert tasks[with_file["id"]]["completed_by"] == admin.id
    assert export.records("artifacts")[artifact["id"]]["reviewed_by"] == admin.id
    assert tasks[step["id"]]["inherited_artifact_refs"] == [artifact["id"]]

    assert tasks[skipped]["waived_requirements"] == {"required_link_name": "Luma"}
    assert tasks[skipped]["unresolved_references"] == {"completed_by": "portal-admin"}
    assert tasks[gone]["deleted_at"]
    assert templates[bundle["templateId"]]["deleted_at"]
    run = bundles[bundle["id"]]
    assert run["archived_at"] == run["updated_at"]
    assert configs[archived]["archived_at"] == configs[archived]["timeline"][-1]["since"]
    assert tasks[lost]["unresolved_references"] == {"assignee_id": "user-grace", "bundle_id": "nowhere"}
    assert tasks[lost]["stated_source"] == "slack"
    skipped_references = export.manifest["skipped_references"]
    assert {(one["entity"], one["field"], one["id"], one["records"]) for one in skipped_references} == {
        ("tasks", "completed_by", "portal-admin", 1),
        ("tasks", "assignee_id", "user-grace", 1),
        ("tasks", "bundle_id", "nowhere", 1),
        ("notifications", "user_id", "user-grace", 1),
    }
    windows = export.records("windows").values()
    assert {one["item_id"] for one in windows if one["outcome"] == "generated"} <= tasks.keys() | bundles.keys()
    assert {one["task_id"] for one in export.records("history").values() if "task_id" in one} <= tasks.keys()
    assert PDF.decode() not in export.seen

    again = await exported(api, tmp_path)
    assert again.manifest["checksums"] == export.manifest["checksums"]


@pytest.mark.requirement("R-EXP-3")
async def test_secrets_that_people_wrote_are_in_no_file(
    system: System, api: httpx.AsyncClient, admin: Person, tmp_path: Path
) -> None:
    links = [text for text in WRITTEN if text.startswith("https://") and "@" not in text and " " not in text]
    for link in links:
        await task(system, link=link, instructions_url=link, actor=admin.id)
    for text in WRITTEN:
        tag = " ".join(text.split())[:200]
        await task(system, comment=text, external_status=text, tags=[tag], validation={"note": [text]})
    commented = await task(system, actor=admin.id)
    await system.ask(subjects.ADD_COMMENT, AddComment(id=commented, text=REDACTED[:2_000], actor=admin.id))
    named = "to" + "ken=" + "abcdef0123456789"
    duty = await task_of(system, api, "2028-02-02", description=f"Download {named}", instructions=REDACTED)
    await added(api, description=REDACTED, title=named, metadata={"pages": 3})
    bundle, _ = await run_of(api, instructions=REDACTED, validation={"note": REDACTED})
    reference = {"name": "Report", "url": links[0], "note": REDACTED}
    assert (await api.put(f"/api/bundles/{bundle['id']}", json={"references": [reference]})).status_code == 200

    export = await exported(api, tmp_path)
    assert [text for text in WRITTEN if text in export.seen] == []
    assert "abcdef0123456789" not in export.seen
    assert "hunter2" not in export.seen
    counts = export.manifest["redaction_counts"]
    expected = {"tasks.comment", "tasks.link", "tasks.tags", "tasks.validation", "artifacts.title", "history.data"}
    assert expected | {"templates.task_definitions", "bundles.references"} <= counts.keys()
    assert export.records("tasks")[duty["id"]]["description"].startswith("Download ")
    assert export.records("artifacts").popitem()[1]["metadata"] == {"pages": 3}
