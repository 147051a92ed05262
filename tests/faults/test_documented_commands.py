"""README and runbook: every command that they show is run against a running stack, or is listed here with a reason."""

import asyncio
import re
import shutil
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import pytest
from pydantic import SecretStr

from contracts import subjects
from contracts.tasks import ListTasks
from contracts.values import calendar_date
from services.cli.stack.client import connected
from services.kit.broker import ask
from services.kit.settings import Settings
from tests.support.stack import created_duty, shell, up, with_own

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
TEXTS = (README, (ROOT / "docs" / "runbook.md").read_text())
SHOWN = re.compile(r"`((?:\.venv/bin/)?(?:dataops [a-z]|make [a-z]|docker |nats -)[^`]*)`")
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)

RUN = {
    "dataops doctor": ("dataops doctor", "ok "),
    "dataops seed": ("dataops seed", "Created"),
    "dataops users add": ("dataops users add new@example.org --name 'Nora New'", "Added operator Nora New"),
    "dataops users password": (
        "dataops users password new@example.org",
        "Nora New <new@example.org> has a new password",
    ),
    "dataops users password EMAIL": ("dataops users password operator@dataops.local", "has a new password"),
    ".venv/bin/dataops users password admin@dataops.local": (
        "dataops users password admin@dataops.local",
        "has a new password",
    ),
    "dataops backfill": ("dataops backfill 2028-02-02 2028-02-03 --yes", "skipped 1, paused 0, failed 0"),
    "dataops replay": (
        "dataops replay 'dataops.window.due.recurring.SCHEDULE_ID.>'",
        "Replayed 1 windows: 0 generated, 1 repeats",
    ),
    "dataops replay '>' --dry-run": ("dataops replay '>' --dry-run", "SCHEDULE_ID.2028-02-02  generated"),
    "dataops export": ("dataops export exported", "Exported to"),
    "dataops validate-export": ("dataops validate-export exported", "Valid:"),
    "dataops import": ("dataops import exported --dry-run", "unchanged"),
    "dataops sweep-uploads": ("dataops sweep-uploads", "0 files would be deleted"),
    "dataops restore-drill": ("dataops restore-drill", "no fault"),
}
"""What a document shows: how it is run here, and a part of what it writes."""

NOT_RUN = {
    "dataops up": "this test runs under it",
    "dataops up --data-dir COPY --port 0 --nats-port 0 --mongo-port 0": "tests/faults/test_runbook.py starts a copy so",
    "dataops run": "dataops up starts each service so",
    "docker compose up": "needs an engine of containers; tests/faults/test_composed.py runs it",
    'nats --server nats://127.0.0.1:4222 pub dataops.window.due.recurring.SCHEDULE_ID.2028-02-02 ""': (
        "the NATS command line is no package of Python; the snippet below it publishes the same"
    ),
}
"""What a document shows and no test runs as it stands."""


def shown() -> set[str]:
    """Each command of a text or block of code; those that begin with ``make`` have a test of their own."""
    inline = {command for text in TEXTS for command in SHOWN.findall(text)}
    lines = {line.partition("  #")[0].rstrip() for block in BLOCK.findall(README) for line in block.splitlines()}
    return inline | {line for line in lines if re.match(r"(dataops|make|nats|docker) ", line)}


def made_by(command: str) -> list[str]:
    """The targets of a ``make`` command: its words without the variables."""
    return re.findall(r"(?<= )[a-z]+(?= |$)", command.partition("=")[0])


def test_every_shown_command_is_run_or_has_a_reason() -> None:
    others = {command for command in shown() if not command.startswith("make ")}
    assert others == RUN.keys() | NOT_RUN.keys()


@pytest.mark.skipif(shutil.which("make") is None, reason="make is missing")
@pytest.mark.parametrize("command", sorted(command for command in shown() if command.startswith("make ")))
async def test_make_knows_each_target_that_is_shown(command: str) -> None:
    targets = made_by(command)
    assert targets
    process = await asyncio.create_subprocess_exec("make", "--dry-run", *targets, cwd=ROOT, stdout=PIPE, stderr=STDOUT)
    said = (await process.communicate())[0].decode()
    assert process.returncode == 0, said
    assert "Nothing to be done" not in said


@pytest.mark.timeout(600)
async def test_shown_commands_work_on_a_running_stack(tmp_path: Path) -> None:
    async with up(tmp_path / ".dataops") as (_, ports):
        nats_url = f"nats://127.0.0.1:{ports['nats']}"
        duty = await created_duty(nats_url)
        meant = {".venv/bin/python": sys.executable, "nats://127.0.0.1:4222": nats_url, "SCHEDULE_ID": duty}
        [snippet] = [block for block in BLOCK.findall(README) if "jetstream().publish" in block]
        for _ in range(2):
            said = await shell(with_own(snippet, meant), tmp_path)
            assert "stream='WINDOWS'" in said
        for command, word in RUN.values():
            said = await shell(with_own(command, meant), tmp_path)
            assert with_own(word, meant) in said, f"{command}\n{said}"
        async with connected(Settings(nats_url=SecretStr(nats_url))) as client:
            asked = ListTasks(date=calendar_date("2028-02-02"))
            tasks = (await ask(client, subjects.LIST_TASKS, asked)).items
    assert [task.recurring_config_id for task in tasks].count(duty) == 1, "published, generated and replayed: one task"
