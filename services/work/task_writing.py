"""Writing one task with all that follows from it: its gates, what it still needs, its run, its history."""

import datetime as dt
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from contracts.subjects import Refused
from contracts.values import BundleStatus, TaskStatus
from services.kit.mongo import Document, Session
from services.work.domain.completing import refused_for, unproven
from services.work.domain.proof import Evidence, Gate, missing_items
from services.work.domain.run_effects import filled_links, next_stage
from services.work.domain.task_editing import settled
from services.work.domain.task_history import told
from services.work.domain.task_states import Change
from services.work.stores.bundles import Bundles
from services.work.stores.evidence import Evidences
from services.work.stores.history import History, history_row
from services.work.stores.tasks import Tasks


@dataclass(frozen=True)
class By:
    """Who changes a task, and when."""

    actor: str | None
    now: dt.datetime


@dataclass(frozen=True)
class Written:
    """The task as stored now. ``run_changed`` when its workflow run has other links or another stage."""

    task: Document
    run_changed: bool


@dataclass(frozen=True)
class Unproven:
    """Nothing was written: these gates are closed, and ``refused`` says so to people."""

    gates: list[Gate]
    refused: Refused


class TaskWriting:
    def __init__(self, tasks: Tasks, bundles: Bundles, evidences: Evidences, history: History, zone: ZoneInfo) -> None:
        self._tasks = tasks
        self._bundles = bundles
        self._evidences = evidences
        self._history = history
        self._zone = zone

    async def last_change(self, task_id: str) -> Document | None:
        return await self._history.last_change(task_id)

    async def write(self, before: Document | None, change: Change, by: By, session: Session) -> Written | Unproven:
        """``before`` None creates the task. Nothing is written when its gates forbid it."""
        after = settled(before, change.after, now=by.now, zone=self._zone)
        run = await self._run(before, after, session)
        links = filled_links(run, after) if run is not None else None
        evidence = await self._evidence(after, links, session)
        was_done = before is not None and before["status"] == TaskStatus.DONE
        evidence_before = await self._evidences.of(before, session) if was_done and before is not None else None
        if gates := unproven(before, after, evidence, evidence_before):
            return Unproven(gates, refused_for(before, gates))
        after["live"] = run is None or run["status"] == BundleStatus.ACTIVE
        after["missing"] = missing_items(after, evidence)
        if not after["missing"] or after["status"] == TaskStatus.DONE:
            after.pop("completion_refused_at", None)
        await self._store(before, after, session)
        await self._record(before, after, change, by, session)
        run_changed = run is not None and await self._affect(run, before, after, links, by, session)
        return Written(after, run_changed)

    async def _run(self, before: Document | None, after: Document, session: Session) -> Document | None:
        if not (id := after.get("bundle_id")):
            return None
        joins = before is None or before.get("bundle_id") != id
        return await (self._bundles.join if joins else self._bundles.find)(id, session)

    async def _evidence(self, task: Document, links: list[Document] | None, session: Session) -> Evidence:
        """With the link that the task itself is about to fill."""
        evidence = await self._evidences.of(task, session)
        if links is None:
            return evidence
        return replace(evidence, bundle_links={link["name"]: link.get("url") or "" for link in links})

    async def _store(self, before: Document | None, after: Document, session: Session) -> None:
        if before is None:
            await self._tasks.add(after, session)
        else:
            await self._tasks.save(before, after, session)

    async def _record(self, before: Document | None, after: Document, change: Change, by: By, session: Session) -> None:
        changes = told(before or {"_id": after["_id"]}, after)
        if not changes and not change.said and change.kind == "task.updated":
            return
        await self._append(change.kind, after, {"changes": changes, **change.said}, by, session)

    async def _affect(
        self,
        run: Document,
        before: Document | None,
        after: Document,
        links: list[Document] | None,
        by: By,
        session: Session,
    ) -> bool:
        """What the task does to its run: fill a link, and move the stage on."""
        changes: Document = {}
        if links is not None:
            changes["bundle_links"] = links
            said = {"name": after["required_link_name"], "url": after["link"]}
            await self._append("bundle.link_filled", after, said, by, session)
        if stage := next_stage(run, before, after):
            changes["stage"] = stage.value
            said = {"from": run["stage"], "to": stage.value, "task_id": after["_id"]}
            await self._append("bundle.stage_changed", after, said, by, session)
        if not changes:
            return False
        await self._bundles.change(run["_id"], {**changes, "updated_at": by.now}, session)
        if links is not None:
            await self._evidences.refresh({"bundle_id": run["_id"], "_id": {"$ne": after["_id"]}}, session)
        return True

    async def _append(self, kind: str, task: Document, data: Document, by: By, session: Session) -> None:
        ids = {name: task.get(name) for name in ("bundle_id", "template_id", "recurring_config_id")}
        row = history_row(kind, at=by.now, actor=by.actor, task_id=task["_id"], data=data, **ids)
        await self._history.append(row, session)

    async def hide(self, task: Document, by: By, session: Session) -> None:
        """A tombstone: gone from every list, its window still taken, its history still readable."""
        await self._tasks.save(task, {**task, "deleted_at": by.now, "live": False}, session)
        await self._append("task.deleted", task, {}, by, session)
