"""The documents say what the code does: generated ones are up to date, named commands and files exist."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.subjects import EVENTS, REQUESTS
from services.cli.commands.reference import Document, render
from services.cli.main import COMMANDS, app, load

ROOT = Path(__file__).parents[2]
WRITTEN = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("document", list(Document))
def test_a_generated_document_is_what_the_code_says_today(document: Document) -> None:
    up_to_date = (ROOT / document.file).read_text() == render(document)
    assert up_to_date, f"run: dataops reference {document} > {document.file}"


def test_every_request_and_event_has_a_subject_of_its_own() -> None:
    subjects = [one.subject for one in (*EVENTS, *REQUESTS)]
    assert len(set(subjects)) == len(subjects)


@pytest.mark.parametrize("document", WRITTEN, ids=lambda path: path.name)
def test_every_command_that_a_document_names_exists(document: Path) -> None:
    named = set(
        re.findall(r"\bdataops ([a-z][a-z-]+)", " ".join(re.findall(r"`[^`]+`|^    .*$", document.read_text(), re.M)))
    )
    known = set(re.findall(r"^\W*([a-z][a-z-]+) ", CliRunner().invoke(app, ["--help"]).output, re.M)) | {"reference"}
    assert named <= known


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_of_itself(name: str) -> None:
    said = load(name).help.split("\n\n")[0]
    assert COMMANDS[name][1] == " ".join(said.split())


@pytest.mark.parametrize("document", WRITTEN, ids=lambda path: path.name)
def test_every_link_between_documents_leads_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", WRITTEN, ids=lambda path: path.name)
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    named = re.findall(
        r"`((?:benchmarks|contracts|deploy|docs|findings|services|tests)/[^`\s]*)`", document.read_text()
    )
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_glossary_names_are_in_the_files_beside_them() -> None:
    named = re.findall(r"`(\w+)` in `([^`]+)`", (ROOT / "docs" / "glossary.md").read_text())
    assert named
    assert [(name, path) for name, path in named if not re.search(rf"\b{name}\b", (ROOT / path).read_text())] == []


@pytest.mark.parametrize("document", WRITTEN, ids=lambda path: path.name)
def test_every_subject_that_a_document_names_exists(document: Path) -> None:
    known = [re.sub(r"\\\.>$", r"(\\..+)?", re.escape(one.subject)) for one in (*EVENTS, *REQUESTS)]
    also = [r"dataops\.health\..*", r"dataops\.test\.clock", r"dataops\.(work|notifier|event)\.\S*[>*]"]
    named = re.findall(r"`(dataops\.[a-z][^` ]*)`", document.read_text())
    assert [one for one in named if not any(re.fullmatch(pattern, one) for pattern in (*known, *also))] == []
