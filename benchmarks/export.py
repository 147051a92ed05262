"""An export against the plainest that could be, in one run: ``python -m benchmarks.export --tasks N``.

Work, notifier and portal run as processes of their own, as deployed, on a bundled mongod and nats-server in a temporary
directory. The portal writes an export of N recurring tasks, with their windows and history, into a directory; rows are
all records of all files. The ceiling reads the same documents with one cursor a collection, encodes each as it is as
JSON and writes it to a file that is synced: no instant, no records, no redaction, no checksums. The two take turns.
Memory is the portal's, the exporting process, at its highest while it writes exports and sends one as a zip archive.
"""

import argparse
import asyncio
import datetime as dt
import json
import os
import re
import tempfile
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from statistics import median

import httpx
from pydantic import SecretStr

from contracts.recurring import RecurringConfig
from contracts.schedules import Revision
from contracts.values import Kind, Service, Window
from services.cli.stack.ports import free_ports
from services.cli.stack.service import start_service
from services.kit.mongo import connection
from services.kit.mongo.driver import ASCENDING, Database, Row
from services.kit.settings import Settings
from services.portal.auth.access import Role
from services.work.generation.making import recurring_task
from services.work.history.store import new_history_entry
from services.work.schedules.store import new_document, timeline_fields
from tests.api.people import add_person, client_of
from tests.servers import running_servers

_NOW = dt.datetime(2028, 2, 2, 8, tzinfo=dt.UTC)
_DAY = dt.timedelta(days=1)
_CONFIGS = 100
_BATCH = 2_000
_ROUNDS = 3
_COLLECTIONS = {"work": ("recurring", "tasks", "windows", "history"), "notifier": ("notifications",)}


@dataclass(frozen=True)
class Result:
    """``ratio``: the median of the rounds. ``peak_mb_over_idle`` is None where the system does not tell."""

    tasks: int
    rows_per_s: float
    ceiling_rows_per_s: float
    ratio: float
    peak_mb_over_idle: float | None


@dataclass(frozen=True)
class _System:
    settings: Settings
    portal_pid: int
    url: str
    output: Path


async def measure(tasks: int) -> Result:
    async with _system() as system:
        async with connection.connect(system.settings, "work") as database:
            await _fill(database, tasks)
        person = await add_person(system.settings, "export@example.org", "Export Benchmark", Role.ADMIN)
        async with client_of(system.url, person) as client:
            idle = _memory(system.portal_pid, "VmRSS")
            _forget_peak(system.portal_pid)
            rates: list[tuple[float, float]] = []
            for _ in range(_ROUNDS):
                ceiling = await _ceiling(system.settings, system.output.parent / "ceiling.jsonl")
                rates.append((await _export(client), ceiling))
            await _download(client)
            peak = _memory(system.portal_pid, "VmHWM")
    return Result(
        tasks,
        rows_per_s=round(median(rate for rate, _ in rates)),
        ceiling_rows_per_s=round(median(ceiling for _, ceiling in rates)),
        ratio=round(median(rate / ceiling for rate, ceiling in rates), 2),
        peak_mb_over_idle=round((peak - idle) / 1024, 1) if peak and idle else None,
    )


async def _export(client: httpx.AsyncClient) -> float:
    """Rows a second, until all of them survive a power cut."""
    began = time.perf_counter()
    reply = await client.post("/api/cron/export", timeout=600)
    took = time.perf_counter() - began
    assert reply.status_code == 200, reply.text
    return sum(reply.json()["entity_counts"].values()) / took


async def _download(client: httpx.AsyncClient) -> None:
    async with client.stream("GET", "/api/export", timeout=600) as reply:
        assert reply.status_code == 200
        async for _ in reply.aiter_bytes():
            pass


async def _ceiling(settings: Settings, file: Path) -> float:
    rows, began = 0, time.perf_counter()
    with file.open("w", encoding="utf-8") as lines:
        for name, collections in _COLLECTIONS.items():
            async with connection.connect(settings, name) as database:
                for collection in collections:
                    async for document in database[collection].find({}).sort("_id", ASCENDING):
                        lines.write(json.dumps(document, default=str, ensure_ascii=False) + "\n")
                        rows += 1
        lines.flush()
        os.fsync(lines.fileno())
    return rows / (time.perf_counter() - began)


async def _fill(database: Database, tasks: int) -> None:
    configs = [_config(number) for number in range(_CONFIGS)]
    await database.recurring.insert_many(configs)
    written = _written([RecurringConfig.model_validate(_shown(config)) for config in configs], tasks)
    while batch := list(islice(written, _BATCH)):
        for collection, documents in zip(("tasks", "windows", "history"), zip(*batch, strict=True), strict=True):
            await database[collection].insert_many(documents, ordered=False)


def _config(number: int) -> Row:
    revision = Revision(since=_NOW, cron="0 9 * * *")
    return {
        **new_document(f"duty-{number:03}", _NOW),
        "description": f"Back up the mailing list, part {number}",
        "instructions": "Open the list, export all contacts, put the file into the folder of the month. " * 3,
        "instructions_url": "https://docs.google.com/document/d/1Zx/edit",
        "systems": ["Mailchimp", "Drive"],
        "tags": ["newsletter", "backup"],
        "required_link_name": "Folder",
        **timeline_fields((revision,), _NOW),
    }


def _shown(config: Row) -> Row:
    return {**config, "id": config["_id"], "cron_expression": "0 9 * * *", "enabled": True}


def _written(configs: list[RecurringConfig], tasks: int) -> Iterator[tuple[Row, Row, Row]]:
    """What a window leaves behind: task, ledger row, history row. Two of three tasks are done."""
    for number in range(tasks):
        config, date = configs[number % _CONFIGS], _NOW.date() - (1 + number // _CONFIGS) * _DAY
        window = Window(kind=Kind.RECURRING, source_id=config.id, date=date)
        yield (
            recurring_task(config, window, _NOW) | (_done(number) if number % 3 else {}),
            _new_entry_document(window),
            new_history_entry(
                "window.generated",
                at=_NOW,
                name=window.id,
                task_id=window.item_id,
                recurring_config_id=config.id,
                data={"window_id": window.id, "date": date.isoformat(), "trigger": "schedule", "title": "Back up"},
            ),
        )


def _done(number: int) -> Row:
    return {
        "status": "done",
        "link": f"https://drive.google.com/drive/folders/{number:08}",
        "comment": f"[2028-02-02T08:00:00.000Z] Exported {number} contacts, Ada has seen it",
        "completed_at": _NOW,
        "missing": [],
        "version": 2,
    }


def _new_entry_document(window: Window) -> Row:
    return {
        "_id": window.id,
        "kind": window.kind.value,
        "source_id": window.source_id,
        "date": window.date.isoformat(),
        "opened_at": _NOW,
        "late": False,
        "first_at": _NOW,
        "outcome": "generated",
        "trigger": "schedule",
        "attempts": 1,
        "generated": 1,
        "skipped": 0,
        "last_at": _NOW,
        "item_id": window.item_id,
    }


@asynccontextmanager
async def _system() -> AsyncGenerator[_System]:
    with tempfile.TemporaryDirectory(prefix="dataops-benchmark-") as name:
        directory = Path(name)
        output = directory / "export"
        async with running_servers(directory) as servers, AsyncExitStack() as stack:
            [port] = free_ports(1)
            settings = Settings(nats_url=SecretStr(servers.nats_url), mongo_url=SecretStr(servers.mongo_url))
            environment = os.environ | {
                "DATAOPS_NATS_URL": servers.nats_url,
                "DATAOPS_MONGO_URL": servers.mongo_url,
                "DATAOPS_DATA_DIR": name,
                "DATAOPS_PORT": str(port),
                "DATAOPS_CLOCK": _NOW.isoformat(),
                "EXPORT_OUTPUT_DIR": str(output),
            }
            for service in (Service.WORK, Service.NOTIFIER, Service.PORTAL):
                log = directory / f"{service}.log"
                child = await start_service(service, environment, log=log, nats_url=servers.nats_url)
                stack.push_async_callback(child.stop)
            yield _System(settings, child.pid, f"http://127.0.0.1:{port}", output)


def _memory(pid: int, name: str) -> int | None:
    """In KB, as Linux tells; None elsewhere."""
    status = Path(f"/proc/{pid}/status")
    found = re.search(rf"^{name}:\s+(\d+) kB", status.read_text(), re.MULTILINE) if status.exists() else None
    return int(found[1]) if found else None


def _forget_peak(pid: int) -> None:
    """So that the peak of the start does not count."""
    clear = Path(f"/proc/{pid}/clear_refs")
    if clear.exists():
        clear.write_text("5")


def _line(result: Result) -> str:
    return "  ".join(f"{name} {value:,}" if value is not None else name for name, value in asdict(result).items())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.export", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tasks", type=int, default=10_000, help="how many are stored")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a line")
    arguments = parser.parse_args()
    if arguments.tasks < 1:
        parser.error("--tasks must be at least 1")
    result = asyncio.run(measure(arguments.tasks))
    print(json.dumps(asdict(result)) if arguments.json else _line(result))


if __name__ == "__main__":
    main()
