"""The runbook: its commands do what they say, and no notice is without an explanation."""

import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx

from contracts.values import Incident, Service
from services.notifier.notices import NotificationType
from tests.support.stack import ROOT, created_duty, shell, up, with_own

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
BACKUP = "## Backup of the embedded stack"
TESTED = re.compile(r"^```sh tested\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(text: str) -> list[str]:
    return TESTED.findall(text)


async def test_the_commands_of_the_runbook_do_what_it_says(tmp_path: Path) -> None:
    stack, safe = tmp_path / ".dataops", tmp_path / "safe"
    safe.mkdir()
    before, _, after = RUNBOOK.partition(BACKUP)
    async with up(stack, "--empty") as (process, ports):
        nats_url = f"nats://127.0.0.1:{ports['nats']}"
        duty = await created_duty(nats_url)
        meant = {".venv/bin/python": sys.executable, "nats://127.0.0.1:4222": nats_url, "SCHEDULE_ID": duty}
        said = await shell("\n".join(with_own(block, meant) for block in blocks(before)), tmp_path)
        process.send_signal(signal.SIGTERM)
        await process.wait()
    assert '"stream":"WINDOWS"' in said
    assert duty in said
    assert "Replayed" in said or "No stored window" in said
    found = set(re.findall(r"^ok +(\w+): (\w+) ", said, re.MULTILINE))
    assert {service for service, _ in found} == set(Service)
    assert found <= set(explained_findings())
    [copying] = blocks(after)
    await shell(with_own(copying, {"/somewhere/safe": str(safe)}), tmp_path)
    [copy] = safe.iterdir()
    async with up(copy, "--empty") as (_, ports), httpx.AsyncClient() as browser:
        assert (await browser.get(f"http://127.0.0.1:{ports['portal']}/sign-in")).status_code == 200


def explained_findings() -> Iterator[tuple[str, str]]:
    """Service and check of each row of the doctor's table."""
    for services, checks in re.findall(r"^\| ([a-z`, ]+): ([a-z, ]+) \|", RUNBOOK, re.MULTILINE):
        for service in Service if services == "`service`" else services.split(", "):
            yield from ((service, check) for check in checks.split(", "))


def test_every_command_is_marked_as_tested_or_needs_an_engine_of_containers() -> None:
    others = re.findall(r"^```sh\n(.*?)^```$", RUNBOOK, re.MULTILINE | re.DOTALL)
    assert [block for block in others if "docker" not in block] == []


def test_every_notice_failure_and_incident_is_explained() -> None:
    source = "\n".join(file.read_text() for file in (ROOT / "services" / "work").rglob("*.py"))
    codes = set(re.findall(r'(?:WindowError\(code=|Broken\(|_dead_letter\(message, )"([a-z_]+)"', source))
    assert {"unexpected", "invalid_cron", "invalid_body", "missed"} <= codes
    explained = {
        code
        for row in re.findall(r"^\| (`[^|]+) \|", RUNBOOK, re.MULTILINE)
        for code in re.findall(r"`([a-z_-]+)`", row)
    }
    codes -= {"paused"}  # an outcome and no failure
    assert codes | set(NotificationType) | set(Incident) <= explained
