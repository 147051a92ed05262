"""Files over HTTP: http-api §7 line by line, and what must not come in."""

import asyncio
import hashlib
import json
import re
from typing import Any

import httpx
import pytest

from contracts.files import FindStrayFiles, ListFiles
from contracts.subjects import COMPLETE_TASK, FIND_STRAY_FILES, LIST_FILES
from contracts.tasks import CompleteTask
from services.kit.mongo import connection
from tests.api.files import NOTES, task_of, upload, uploaded
from tests.system import System

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
BOUNDARY = "----boundary"
LIMIT = 10 * 1024 * 1024


def raw(*parts: str, end: str = f"--{BOUNDARY}--\r\n") -> dict[str, Any]:
    """A body put together by hand, as the old test client does."""
    body = "".join(f"--{BOUNDARY}\r\nContent-Disposition: form-data; {part}\r\n" for part in parts) + end
    return {"content": body.encode(), "headers": {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}}


async def bytes_kept(system: System) -> int:
    async with connection.connect(system.settings, "portal") as database:
        counts = [await database[name].count_documents({}) for name in ("uploads_noted", "uploads.files")]
        assert counts[0] == counts[1]
        assert len(await database["uploads.chunks"].distinct("files_id")) == counts[1]
        return counts[1]


async def test_an_uploaded_file_is_described_listed_downloaded_and_deleted(
    system: System, api: httpx.AsyncClient
) -> None:
    task = await task_of(system, api)
    reply = await upload(api, task["id"], tags='["march", "paid"]')
    assert (reply.status_code, reply.headers["content-type"]) == (201, "application/json")
    file = reply.json()["file"]
    assert UUID.fullmatch(file["id"])
    assert file["storagePath"]
    assert file["storageUri"]
    assert file["storageProvider"]
    assert "bundleId" not in file
    expected = {
        "taskId": task["id"],
        "filename": "notes.txt",
        "category": "document",
        "contentType": "text/plain",
        "checksum": f"sha256:{hashlib.sha256(NOTES).hexdigest()}",
        "sizeBytes": len(NOTES),
        "tags": ["march", "paid"],
    }
    assert file | expected == file
    assert re.fullmatch(r"2028-02-02T08:\d\d:\d\d\.\d{3}Z", file["createdAt"])
    assert (await api.get(f"/api/files/{file['id']}")).json() == {"file": file}
    assert (await api.get("/api/files")).json() == {"files": [file]}
    download = await api.get(f"/api/files/{file['id']}/download")
    assert (download.status_code, download.content) == (200, NOTES)
    assert download.headers["content-type"] == "text/plain"
    assert download.headers["content-disposition"] == 'attachment; filename="notes.txt"'
    assert download.headers["content-length"] == str(len(NOTES))
    assert download.headers["x-content-type-options"] == "nosniff"
    assert download.headers["content-security-policy"].startswith("sandbox")
    deleted = await api.delete(f"/api/files/{file['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    for gone in (api.get, api.delete):
        reply = await gone(f"/api/files/{file['id']}")
        assert (reply.status_code, reply.json()) == (404, {"error": "File not found"})
    assert (await api.get(f"/api/files/{file['id']}/download")).status_code == 404
    assert await bytes_kept(system) == 0


async def test_the_checks_come_in_the_order_that_clients_know(system: System, api: httpx.AsyncClient) -> None:
    task_id = (await task_of(system, api))["id"]
    known, unknown = f'name="taskId"\r\n\r\n{task_id}', 'name="taskId"\r\n\r\ndoes-not-exist'
    file, wrong = 'name="file"; filename="a.txt"\r\n\r\nhello', 'name="category"\r\n\r\nselfie'
    for request, status, message in [
        ({"json": {"taskId": task_id}}, 400, "multipart"),
        ({"content": b"x"}, 400, "multipart"),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400, "boundary"),
        (raw(end=""), 400, "could not be read"),
        (raw(end="nonsense"), 400, "could not be read"),
        (raw(known, file, end=""), 400, "could not be read"),
        (raw('name="x"\r\n\r\ny'), 400, "Missing required field: taskId"),
        (raw(file, wrong), 400, "Missing required field: taskId"),
        (raw('name="taskId"\r\n\r\n  ', file), 400, "Missing required field: taskId"),
        (raw(known), 400, "Missing required field: file"),
        (raw(unknown, wrong), 400, "Missing required field: file"),
        (raw(known, 'name="file"; filename=""\r\n\r\n'), 400, "Missing required field: file"),
        (raw(known, 'name="file"; filename="a.txt"\r\n\r\n'), 400, "The file is empty"),
        (raw(unknown, file, wrong), 404, "Task not found"),
        (raw(known, file, wrong, 'name="tags"\r\n\r\n{'), 400, "category must be image, invoice or document"),
        (raw(known, file, 'name="tags"\r\n\r\n{'), 400, "tags must be a JSON array of strings"),
        (raw(known, file, 'name="tags"\r\n\r\n{"a": 1}'), 400, "tags must be a JSON array of strings"),
        (raw(known, file, 'name="tags"\r\n\r\n["a", 1]'), 400, "tags must be a JSON array of strings"),
        (raw(known, file, f'name="tags"\r\n\r\n{"[" * 3000}'), 400, "tags must be a JSON array of strings"),
        (raw(known, file, file), 400, "one file at a time"),
        (raw(known, known, file), 400, "taskId is given twice"),
        (raw(known, file, f'name="tags"\r\n\r\n{"x" * 9000}'), 400, "tags is too long"),
        (raw(known, file, *[f'name="x{n}"\r\n\r\n' for n in range(40)]), 400, "could not be read"),
    ]:
        reply = await api.post("/api/files", **request)
        assert reply.status_code == status, (request, reply.text)
        assert message in reply.json()["error"], request
    assert (await api.get("/api/files")).json() == {"files": []}
    assert await bytes_kept(system) == 0
    good = await api.post("/api/files", **raw(file, 'name="category"\r\n\r\ninvoice', known))
    assert (good.status_code, good.json()["file"]["category"]) == (201, "invoice")
    assert (await api.get(f"/api/files/{good.json()['file']['id']}/download")).content == b"hello"


async def test_lists_apply_all_filters_together_and_pages_only_for_who_asks(
    system: System, api: httpx.AsyncClient
) -> None:
    one, two = await task_of(system, api), await task_of(system, api)
    first = await uploaded(api, one["id"], "a.txt", category="invoice", tags='["q1", "paid"]')
    second = await uploaded(api, one["id"], "b.png", category="image", tags='["q1"]')
    third = await uploaded(api, two["id"], "c.pdf")
    for query, found in [
        ("", [first, second, third]),
        (f"taskId={one['id']}", [first, second]),
        (f"taskId={one['id']}&category=image", [second]),
        (f"taskId={two['id']}&tag=q1", []),
        ("category=document", [third]),
        ("category=invoice&tag=q1", [first]),
        ("tag=q1", [first, second]),
        ("tag=unknown", []),
        ("category=unknown", []),
        ("taskId=%24ne", []),
    ]:
        assert (await api.get(f"/api/files?{query}")).json() == {"files": found}, query
    page = (await api.get("/api/files?limit=2")).json()
    assert page["files"] == [first, second]
    assert (await api.get("/api/files", params={"limit": 2, "after": page["after"]})).json() == {"files": [third]}
    for query, field in [("limit=0", "limit"), ("limit=x", "limit"), ("limit=1&after=nonsense", "after")]:
        reply = await api.get(f"/api/files?{query}")
        assert (reply.status_code, list(reply.json()["fields"])) == (400, [field])


@pytest.mark.parametrize(
    ("sent", "shown", "kind"),
    [
        ("../../etc/passwd", "passwd", "application/octet-stream"),
        ("..\\..\\x.TXT", "x.TXT", "text/plain"),
        ("C:\\Users\\a\\report.pdf", "report.pdf", "application/pdf"),
        (".htaccess", "htaccess", "application/octet-stream"),
        ("con.txt", "_con.txt", "text/plain"),
        ("a.pdf.exe", "a.pdf.exe", "application/octet-stream"),
        ("\u202efdp.exe", "fdp.exe", "application/octet-stream"),
        (
            f"{'ä' * 300}.docx",
            f"{'ä' * 115}.docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        ("drawing ✏️.svg", "drawing ✏️.svg", "image/svg+xml"),
        ("page.html", "page.html", "text/html"),
    ],
)
async def test_a_name_is_only_a_label(system: System, api: httpx.AsyncClient, sent: str, shown: str, kind: str) -> None:
    file = await uploaded(api, (await task_of(system, api))["id"], sent)
    assert (file["filename"], file["contentType"]) == (shown, kind)
    assert file["id"] in file["storagePath"]
    download = await api.get(f"/api/files/{file['id']}/download")
    assert (download.content, download.headers["content-type"]) == (NOTES, kind)
    assert download.headers["content-disposition"].startswith('attachment; filename="')
    assert download.headers["content-disposition"].isascii()


async def test_two_files_of_one_name_stay_two_files(system: System, api: httpx.AsyncClient) -> None:
    task = await task_of(system, api)
    first, second = await upload(api, task["id"], content=b"one"), await upload(api, task["id"], content=b"two")
    for reply, content in ((first, b"one"), (second, b"two")):
        assert (await api.get(f"/api/files/{reply.json()['file']['id']}/download")).content == content


async def test_a_file_may_be_as_large_as_the_limit_and_no_larger(system: System, api: httpx.AsyncClient) -> None:
    task_id = (await task_of(system, api))["id"]
    largest = await upload(api, task_id, content=b"x" * LIMIT)
    assert (largest.status_code, largest.json()["file"]["sizeBytes"]) == (201, LIMIT)
    for size in (LIMIT + 1, LIMIT + 1_000_000):
        reply = await upload(api, task_id, content=b"x" * size)
        assert (reply.status_code, reply.json()["error"]) == (413, "A file may have at most 10 MB")

    async def unannounced() -> Any:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="big.txt"\r\n\r\n'
        yield head.encode()
        for _ in range(LIMIT // 65_536 + 2):
            yield b"x" * 65_536

    headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    assert (await api.post("/api/files", content=unannounced(), headers=headers)).status_code == 413
    assert await bytes_kept(system) == 1
    assert (await api.get("/api/health")).status_code == 200


async def test_an_upload_that_breaks_off_leaves_nothing(system: System, api: httpx.AsyncClient) -> None:
    async def broken() -> Any:
        yield f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="big.txt"\r\n\r\n'.encode()
        yield b"x" * 600_000
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        await api.post(
            "/api/files",
            content=broken(),
            headers={"content-type": f"multipart/form-data; boundary={BOUNDARY}"},
        )
    task_id = (await task_of(system, api))["id"]
    await uploaded(api, task_id)
    assert await bytes_kept(system) == 1


@pytest.mark.requirement("R-TSK-1")
async def test_a_task_that_is_done_takes_no_more_files_and_keeps_its_proof(
    system: System, api: httpx.AsyncClient
) -> None:
    task = await task_of(system, api, requires_file=True)
    first, second = await uploaded(api, task["id"]), await uploaded(api, task["id"])
    await system.ask(COMPLETE_TASK, CompleteTask(id=task["id"]))
    late = await upload(api, task["id"])
    assert (late.status_code, late.json()["error"]) == (409, "This task is done; reopen it before adding a file")
    assert (await api.delete(f"/api/files/{first['id']}")).status_code == 204
    refused = await api.delete(f"/api/files/{second['id']}")
    assert refused.status_code == 409
    assert "proof" in refused.json()["error"]
    assert (await api.get(f"/api/files/{second['id']}/download")).content == NOTES


async def test_the_last_two_files_of_a_done_task_cannot_both_be_deleted_at_once(
    system: System, api: httpx.AsyncClient
) -> None:
    task = await task_of(system, api, requires_file=True)
    files = [await uploaded(api, task["id"]) for _ in range(4)]
    await system.ask(COMPLETE_TASK, CompleteTask(id=task["id"]))
    replies = await asyncio.gather(*(api.delete(f"/api/files/{file['id']}") for file in files))
    assert sorted(reply.status_code for reply in replies) == [204, 204, 204, 409]
    left = await system.ask(LIST_FILES, ListFiles(task_id=task["id"]))
    assert len(left.items) == 1


async def test_a_file_of_a_done_task_that_needed_none_may_go(system: System, api: httpx.AsyncClient) -> None:
    task = await task_of(system, api)
    file = await uploaded(api, task["id"])
    await system.ask(COMPLETE_TASK, CompleteTask(id=task["id"]))
    assert (await api.delete(f"/api/files/{file['id']}")).status_code == 204


async def test_content_that_was_lost_is_not_found(system: System, api: httpx.AsyncClient) -> None:
    file = await uploaded(api, (await task_of(system, api))["id"])
    async with connection.connect(system.settings, "portal") as database:
        await database["uploads.files"].delete_many({})
    reply = await api.get(f"/api/files/{file['id']}/download")
    assert (reply.status_code, reply.headers["content-type"]) == (404, "application/json")
    assert json.loads(reply.content) == {"error": "File content not found"}


async def test_work_knows_which_bytes_belong_to_no_file(system: System, api: httpx.AsyncClient) -> None:
    task = await task_of(system, api)
    kept, deleted = await uploaded(api, task["id"]), await uploaded(api, task["id"])
    await api.delete(f"/api/files/{deleted['id']}")
    question = FindStrayFiles(ids=[kept["id"], deleted["id"], "never-heard-of"])
    assert (await system.ask(FIND_STRAY_FILES, question)).ids == [deleted["id"], "never-heard-of"]
