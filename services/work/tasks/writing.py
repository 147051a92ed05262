"""Writing one task with all that follows from it: its gates, what it still needs, its run, its history."""

import datetime as dt
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from contracts.values import BundleStatus, TaskStatus
from services.kit.mongo import Document, Session
from services.kit.refused import Refused, conflict
from services.work.history.store import History, new_history_entry
from services.work.runs.effects import LINK_FILLED, STAGE_CHANGED, Effect, changed_run, effect_of, taken_back
from services.work.runs.rules import refuse_lost_links
from services.work.runs.store import Bundles
from services.work.tasks import messages
from services.work.tasks.changes import describe_changes
from services.work.tasks.completing import refused_for, unproven
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

    task: Document
    changed_run_id: str | None


class TaskWriting:
    def __init__(self, tasks: Tasks, bundles: Bundles, proofs: Proofs, history: History, zone: ZoneInfo) -> None:
        self._tasks = tasks
        self._bundles = bundles
        self._proofs = proofs
        self._history = history
        self._zone = zone

    async def change_that_made(self, task: Document, session: Session) -> Document | None:
        """The history row of the change that made this version of the task, if it can be undone."""
        return await self._history.change_of_version(task["_id"], task["version"], session)

    async def write(self, before: Document | None, change: Change, by: By, session: Session) -> Written:
        """``before`` None creates the task. Raises Refused when its gates forbid it, or those of another of the run."""
        after = settle_task(before, change.after, now=by.now, zone=self._zone, restored=change.undoes is not None)
        run = await self._run(before, after, session)
        acted_on, of_run = await self._acted_on(run, before, after, change, session)
        links: list[Document] | None = of_run.get("bundle_links")
        if links is not None:
            await self._refuse_lost_links(acted_on, links, after, session)
        filled = links if run is not None and acted_on.get("_id") == run["_id"] else None
        proof = await self._find_proof(before, after, filled, session)
        await self._refuse_unproven(before, change, after, proof, session)
        after["live"] = run is None or run["status"] == BundleStatus.ACTIVE
        after["missing"] = missing_items(after, proof)
        if not after["missing"] or after["status"] == TaskStatus.DONE:
            after.pop("completion_refused_at", None)
        await self._store(before, after, session)
        change = replace(change, after=after)
        await self._record(before, change, effect_of(acted_on, of_run), by, session)
        if of_run:
            await self._affect(acted_on, of_run, change, by, session)
        return Written(after, changed_run_id=acted_on["_id"] if of_run else None)

    async def _acted_on(
        self, run: Document | None, before: Document | None, after: Document, change: Change, session: Session
    ) -> tuple[Document, Document]:
        """The run that the change acts on, and its fields that change. An undo acts on the run that was acted on, which
        need not be the one that the task returns to."""
        if change.undoes is None:
            return (run, changed_run(run, before, after)) if run is not None else ({}, {})
        effect: Document = change.undoes.get("effect") or {}
        acted_on = await self._bundles.find(effect["run_id"], session) if effect else None
        return (acted_on, taken_back(acted_on, effect)) if acted_on is not None else ({}, {})

    async def _refuse_unproven(
        self, before: Document | None, change: Change, after: Document, proof: Proof, session: Session
    ) -> None:
        if change.undoes is not None:
            missing_proof = find_missing_proof(after, proof) if after["status"] == TaskStatus.DONE else []
            refuse_undo_without_proof(change.undoes, missing_proof)
            return
        was_done = before is not None and before["status"] == TaskStatus.DONE
        proof_before = await self._proofs.of(before, session) if was_done and before is not None else None
        if missing_proof := unproven(before, after, proof, proof_before):
            raise refused_for(before, missing_proof)

    async def _run(self, before: Document | None, after: Document, session: Session) -> Document | None:
        if not (id := after.get("bundle_id")):
            return None
        joins = before is None or before.get("bundle_id") != id
        return await (self._bundles.join if joins else self._bundles.find)(id, session)

    async def _refuse_lost_links(self, run: Document, links: list[Document], task: Document, session: Session) -> None:
        """Raises Refused when another task was completed with a link that is about to be emptied."""
        others = [one for one in await self._bundles.done_tasks(run["_id"], session) if one["_id"] != task["_id"]]
        try:
            refuse_lost_links(others, run.get("bundle_links") or [], links)
        except Refused:
            message = messages.LINK_USED
            raise conflict(message) from None

    async def _find_proof(
        self, before: Document | None, after: Document, links: list[Document] | None, session: Session
    ) -> Proof:
        """For what the task asks for and what it asked for before, with the link that it is about to fill itself."""
        proof = await self._proofs.of(after, session, before=before)
        if links is None:
            return proof
        return replace(proof, bundle_links=links_of({"bundle_links": links}))

    async def _store(self, before: Document | None, after: Document, session: Session) -> None:
        if before is None:
            await self._tasks.add(after, session)
        else:
            await self._tasks.save(before, after, session)

    async def _record(
        self, before: Document | None, change: Change, effect: Effect | None, by: By, session: Session
    ) -> None:
        after = change.after
        changes = describe_changes(before or {"_id": after["_id"]}, after)
        if not changes and not change.details and change.kind == "task.updated":
            return
        undo = undo_record(before, after, effect) if before is not None and change.kind in UNDOABLE else None
        await self._append(change.kind, after, {"changes": changes, **change.details}, by, session, undo=undo)

    async def _affect(self, run: Document, changes: Document, change: Change, by: By, session: Session) -> None:
        """Write what the task does to its run, and one history row for each link and for the stage."""
        task = change.after
        links: list[Document] = changes.get("bundle_links", [])
        changed = [link for was, link in zip(run.get("bundle_links") or [], links, strict=False) if link != was]
        for name, url in {(link["name"], link.get("url") or "") for link in changed}:
            await self._append(LINK_FILLED, task, {"name": name, "url": url}, by, session, run_id=run["_id"])
        if stage := changes.get("stage"):
            cause = {"task_id": task["_id"]} if change.undoes is None else {"comment": "undone"}
            data = {"from": run["stage"], "to": stage, "title": run.get("title"), **cause}
            await self._append(STAGE_CHANGED, task, data, by, session, run_id=run["_id"])
        await self._bundles.change(run["_id"], {**changes, "updated_at": by.now}, session)
        if "bundle_links" in changes:
            await self._proofs.refresh({"bundle_id": run["_id"], "_id": {"$ne": task["_id"]}}, session)

    async def _append(
        self,
        kind: str,
        task: Document,
        data: Document,
        by: By,
        session: Session,
        *,
        undo: Document | None = None,
        run_id: str | None = None,
    ) -> None:
        ids = {name: task.get(name) for name in ("bundle_id", "template_id", "recurring_config_id")}
        ids |= {"bundle_id": run_id} if run_id else {}
        entry = new_history_entry(kind, at=by.now, actor=by.actor, task_id=task["_id"], data=data, undo=undo, **ids)
        await self._history.append(entry, session)

    async def hide(self, task: Document, by: By, session: Session) -> None:
        """A tombstone: gone from every list, its window still taken, its history still readable."""
        await self._tasks.save(task, {**task, "deleted_at": by.now, "live": False}, session)
        await self._append("task.deleted", task, {}, by, session)
