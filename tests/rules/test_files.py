"""Names of files, and which tasks take or give back files."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.refused import Refused
from services.portal.files.names import content_type, display_name, disposition
from services.portal.files.sweep import swept_before
from services.work.files.rules import refuse_upload, undoes_proof
from services.work.tasks.proof import Proof

WITH_FILE = Proof(has_file=True)
NOTHING = Proof()


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\x", "x"),
        ("/abs", "abs"),
        ("C:\\x", "x"),
        ("a\0.pdf", "a.pdf"),
        (".htaccess", "htaccess"),
        ("con.txt", "_con.txt"),
        ("LPT1", "_LPT1"),
        ("console.txt", "console.txt"),
        ("a.pdf.exe", "a.pdf.exe"),
        ("\u202efdp.exe", "fdp.exe"),
        ("a\r\nX-Injected: 1.txt", "aX-Injected: 1.txt"),
        (" . hidden", "hidden"),
        ("   ", "file"),
        ("", "file"),
        ("..", "file"),
        ("a  \u00a0 b.txt", "a b.txt"),
        ("👩‍💻 ✏️.png", "👩‍💻 ✏️.png"),
        ('"; filename="x"', '"; filename="x"'),
        ("e\u0301t\u00e9.txt", "été.txt"),
        ("x" * 300, "x" * 120),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("x." + "y" * 300, "x." + "y" * 118),
    ],
)
def test_what_a_file_is_called_becomes_a_label_that_misleads_nobody(sent: str, shown: str) -> None:
    assert display_name(sent) == shown


@given(st.text(max_size=400))
def test_any_name_becomes_one_short_visible_line_without_a_path(sent: str) -> None:
    name = display_name(sent)
    assert 1 <= len(name) <= 121
    assert name.strip(" .")
    assert not set(name) & set("/\\\r\n\t\0\u202e\u2066")
    assert display_name(name) == name


@given(st.text(max_size=400))
def test_the_download_header_is_one_line_of_ascii_with_one_name_in_quotes(sent: str) -> None:
    header = disposition(display_name(sent))
    assert header.isascii()
    assert header.isprintable()
    plain = header.removeprefix('attachment; filename="').partition('"')[0]
    assert header.split("; filename*=")[0] == f'attachment; filename="{plain}"'


def test_names_that_old_clients_cannot_read_are_also_given_exactly() -> None:
    assert disposition("a.txt") == 'attachment; filename="a.txt"'
    assert disposition('é"; x="y.txt') == (
        "attachment; filename=\"__; x=_y.txt\"; filename*=UTF-8''%C3%A9%22%3B%20x%3D%22y.txt"
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.txt", "text/plain"),
        ("a.HTML", "text/html"),
        ("a.js", "application/javascript"),
        ("a.tar.zip", "application/zip"),
        ("a.jpeg", "image/jpeg"),
        ("a.exe", "application/octet-stream"),
        ("txt", "application/octet-stream"),
        ("a.", "application/octet-stream"),
    ],
)
def test_the_extension_alone_says_what_a_file_is(name: str, kind: str) -> None:
    assert content_type(name) == kind


def task(**fields: Any) -> dict[str, Any]:
    return {"_id": "t", "status": "todo", "live": True} | fields


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        (task(), None),
        (task(status="waiting"), None),
        (task(status="done"), "reopen it"),
        (task(status="archived"), "restore it"),
        (task(live=False), "restore it"),
    ],
)
def test_only_open_tasks_take_files(stored: dict[str, Any], words: str | None) -> None:
    if words is None:
        refuse_upload(stored)
        return
    with pytest.raises(Refused, match=words) as raised:
        refuse_upload(stored)
    assert raised.value.refusal.code == "conflict"


@pytest.mark.requirement("R-TSK-1")
@pytest.mark.parametrize(
    ("stored", "before", "undone"),
    [
        (task(status="done", requires_file=True), WITH_FILE, True),
        (task(status="done", proof_requirement={"type": "file"}), WITH_FILE, True),
        (task(status="done", proof_requirement={"type": "file", "required": False}), WITH_FILE, False),
        (task(status="done"), WITH_FILE, False),
        (task(status="todo", requires_file=True), WITH_FILE, False),
        (task(status="done", requires_file=True, required_link_name="LinkedIn"), NOTHING, False),
    ],
)
def test_a_done_task_keeps_the_proof_that_it_has(stored: dict[str, Any], before: Proof, undone: bool) -> None:
    assert undoes_proof(stored, before=before, after=NOTHING) is undone


def test_bytes_are_a_day_old_before_they_are_swept() -> None:
    now = dt.datetime(2028, 2, 2, 9, tzinfo=dt.UTC)
    assert swept_before(now) == dt.datetime(2028, 2, 1, 9, tzinfo=dt.UTC)
