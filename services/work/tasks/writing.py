"""Writing one task with all that follows from it: its gates, what it still needs, its run, its history."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from contracts.values import BundleStatus, TaskStatus
from services.kit.mongo.driver import Session
from services.kit.refused import Refused, conflict
from services.work.history.documents import HistoryDocument
from services.work.history.store import History, new_history_entry
from services.work.runs.documents import LinkDocument, RunChanges, RunDocument
from services.work.runs.effects import LINK_FILLED, STAGE_CHANGED, Effect, changed_run, effect_of, taken_back
from services.work.runs.rules import refuse_lost_links
from services.work.runs.store import Runs
from services.work.tasks import messages
from services.work.tasks.changes import describe_changes
from services.work.tasks.completing import refused_for, unproven
from services.work.tasks.documents import TaskDocument, UndoDocument
from services.work.tasks.editing import settle_task
from services.work.tasks.proof import Proof, find_missing_proof, links_of, missing_items
from services.work.tasks.proof_store import Proofs
from services.work.tasks.states import Change
from services.work.tasks.store import Tasks
from services.work.tasks.undoing import UNDOABLE, refuse_undo_without_proof, undo_record


@dataclass(frozen=True)
class By:
    """Who changes a task, and when."""

    actor: str | None
    now: dt.datetime


@dataclass(frozen=True)
class Written:
    """The task as stored now. ``changed_run_id`` is that of the workflow run that got other links or another stage."""

    task: TaskDocument
    changed_run_id: str | None


@dataclass(frozen=True)
class _ActedOn:
    """The run that a change of a task acts on, and its fields that change."""

    run: RunDocument
    changes: RunChanges


class TaskWriting:
    def __init__(self, tasks: Tasks, runs: Runs, proofs: Proofs, history: History, zone: ZoneInfo) -> None:
        self._tasks = tasks
        self._runs = runs
        self._proofs = proofs
        self._history = history
        self._zone = zone

    async def change_that_made(self, task: TaskDocument, session: Session) -> HistoryDocument | None:
        """The history row of the change that made this version of the task, if it can be undone."""
        return await self._history.change_of_version(task["_id"], task["version"], session)

    async def write(self, before: TaskDocument | None, change: Change, by: By, session: Session) -> Written:
        """``before`` None creates the task. Raises Refused when its gates forbid it, or those of another of the run."""
        after = settle_task(before, change.after, now=by.now, zone=self._zone, restored=change.undoes is not None)
        run = await self._run(before, after, session)
        acted_on = await self._acted_on(run, before, after, change, session)
        links = acted_on.changes.get("bundle_links") if acted_on else None
        if acted_on and links is not None:
            await self._refuse_lost_links(acted_on.run, links, after, session)
        filled = links if run and acted_on and acted_on.run["_id"] == run["_id"] else None
        proof = await self._find_proof(before, after, filled, session)
        await self._refuse_unproven(before, change, after, proof, session)
        after["live"] = run is None or run["status"] == BundleStatus.ACTIVE
        after["missing"] = missing_items(after, proof)
        if not after["missing"] or after["status"] == TaskStatus.DONE:
            after.pop("completion_refused_at", None)
        await self._store(before, after, session)
        change = replace(change, after=after)
        effect = effect_of(acted_on.run, acted_on.changes) if acted_on else None
        await self._record(before, change, effect, by, session)
        if acted_on is None or not acted_on.changes:
            return Written(after, changed_run_id=None)
        await self._affect(acted_on.run, acted_on.changes, change, by, session)
        return Written(after, changed_run_id=acted_on.run["_id"])

    async def _acted_on(
        self,
        run: RunDocument | None,
        before: TaskDocument | None,
        after: TaskDocument,
        change: Change,
        session: Session,
    ) -> _ActedOn | None:
        """An undo acts on the run that was acted on, which need not be the one that the task returns to."""
        if change.undoes is None:
            return _ActedOn(run, changed_run(run, before, after)) if run is not None else None
        if not (effect := change.undoes.get("effect")):
            return None
        acted_on = await self._runs.find(effect["run_id"], session)
        return _ActedOn(acted_on, taken_back(acted_on, effect)) if acted_on is not None else None

    async def _refuse_unproven(
        self, before: TaskDocument | None, change: Change, after: TaskDocument, proof: Proof, session: Session
    ) -> None:
        if change.undoes is not None:
            missing_proof = find_missing_proof(after, proof) if after["status"] == TaskStatus.DONE else []
            refuse_undo_without_proof(change.undoes, missing_proof)
            return
        was_done = before is not None and before["status"] == TaskStatus.DONE
        proof_before = await self._proofs.of(before, session) if was_done and before is not None else None
        if missing_proof := unproven(before, after, proof, proof_before):
            raise refused_for(before, missing_proof)

    async def _run(self, before: TaskDocument | None, after: TaskDocument, session: Session) -> RunDocument | None:
        if not (id := after.get("bundle_id")):
            return None
        joins = before is None or before.get("bundle_id") != id
        return await (self._runs.join if joins else self._runs.find)(id, session)

    async def _refuse_lost_links(
        self, run: RunDocument, links: list[LinkDocument], task: TaskDocument, session: Session
    ) -> None:
        """Raises Refused when another task was completed with a link that is about to be emptied."""
        others = [one for one in await self._runs.done_tasks(run["_id"], session) if one["_id"] != task["_id"]]
        try:
            refuse_lost_links(others, run.get("bundle_links") or [], links)
        except Refused:
            message = messages.LINK_USED
            raise conflict(message) from None

    async def _find_proof(
        self, before: TaskDocument | None, after: TaskDocument, links: list[LinkDocument] | None, session: Session
    ) -> Proof:
        """For what the task asks for and what it asked for before, with the link that it is about to fill itself."""
        proof = await self._proofs.of(after, session, before=before)
        if links is None:
            return proof
        return replace(proof, bundle_links=links_of(links))

    async def _store(self, before: TaskDocument | None, after: TaskDocument, session: Session) -> None:
        if before is None:
            await self._tasks.add(after, session)
        else:
            await self._tasks.save(before, after, session)

    async def _record(
        self, before: TaskDocument | None, change: Change, effect: Effect | None, by: By, session: Session
    ) -> None:
        after = change.after
        changes = describe_changes(before or {"_id": after["_id"]}, after)
        if not changes and not change.details and change.kind == "task.updated":
            return
        undo = undo_record(before, after, effect) if before is not None and change.kind in UNDOABLE else None
        await self._append(change.kind, after, {"changes": changes, **change.details}, by, session, undo=undo)

    async def _affect(self, run: RunDocument, changes: RunChanges, change: Change, by: By, session: Session) -> None:
        """Write what the task does to its run, and one history row for each link and for the stage."""
        task = change.after
        links = changes.get("bundle_links", [])
        changed = [link for was, link in zip(run.get("bundle_links") or [], links, strict=False) if link != was]
        for name, url in {(link["name"], link.get("url") or "") for link in changed}:
            await self._append(LINK_FILLED, task, {"name": name, "url": url}, by, session, run_id=run["_id"])
        if stage := changes.get("stage"):
            cause = {"task_id": task["_id"]} if change.undoes is None else {"comment": "undone"}
            data = {"from": run["stage"], "to": stage, "title": run.get("title"), **cause}
            await self._append(STAGE_CHANGED, task, data, by, session, run_id=run["_id"])
        await self._runs.change(run["_id"], {**changes, "updated_at": by.now}, session)
        if "bundle_links" in changes:
            await self._proofs.refresh({"bundle_id": run["_id"], "_id": {"$ne": task["_id"]}}, session)

    async def _append(
        self,
        kind: str,
        task: TaskDocument,
        data: Mapping[str, object],
        by: By,
        session: Session,
        *,
        undo: UndoDocument | None = None,
        run_id: str | None = None,
    ) -> None:
        entry = new_history_entry(
            kind,
            at=by.now,
            actor=by.actor,
            data=data,
            undo=undo,
            task_id=task["_id"],
            bundle_id=run_id or task.get("bundle_id"),
            template_id=task.get("template_id"),
            recurring_config_id=task.get("recurring_config_id"),
        )
        await self._history.append(entry, session)

    async def hide(self, task: TaskDocument, by: By, session: Session) -> None:
        """A tombstone: gone from every list, its window still taken, its history still readable."""
        await self._tasks.save(task, {**task, "deleted_at": by.now, "live": False}, session)
        await self._append("task.deleted", task, {}, by, session)
