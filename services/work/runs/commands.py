"""Commands about workflow runs: started by hand, edited, moved on, archived, restored, deleted."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast
from uuid import uuid4
from zoneinfo import ZoneInfo

from contracts import subjects
from contracts.fields.lenient import Raw
from contracts.runs import (
    ArchiveBundle,
    ArchivedBundle,
    Bundle,
    ChangeStage,
    CreateBundle,
    DeleteBundle,
    FillLink,
    OpenTask,
    RestoreBundle,
    StartedBundle,
    UpdateBundle,
)
from contracts.subjects import BUNDLE_CHANGED, REPLY_BYTES, Nothing, reply_size
from contracts.values import BundleStatus, Kind
from services.kit.clock import Clock
from services.kit.mongo.driver import DuplicateKeyError, Session
from services.kit.refused import conflict, invalid, not_found, refused
from services.work.committing import Committer
from services.work.generation.ledger import Ledger
from services.work.generation.making import InvalidDefinition, Run, plain_run, run_key, started_run
from services.work.history.store import History, new_history_entry
from services.work.messages import NOTHING_TO_CHANGE
from services.work.runs import messages
from services.work.runs.documents import RunDocument, RunEdit
from services.work.runs.rules import filled, merged_links, refuse_lost_links
from services.work.runs.store import Runs
from services.work.schedules.reading import template_of
from services.work.schedules.store import Schedules
from services.work.tasks.completing import refused_for, unproven
from services.work.tasks.proof_store import Proofs
from services.work.tasks.rows import task_of
from services.work.tasks.store import run_of

_NAMED = 50
_OF_THE_COMMAND = {"actor", "key", "template_id", "anchor_date", "if_unserved"}


@dataclass(frozen=True)
class _Edit:
    """``fields`` as they are to be stored; ``version`` is the one they were made on."""

    actor: str | None
    fields: RunEdit
    version: int | None = None
    comment: str | None = None


class RunCommands:
    def __init__(
        self,
        runs: Runs,
        schedules: Schedules,
        proofs: Proofs,
        history: History,
        ledger: Ledger,
        committer: Committer,
        *,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._runs = runs
        self._schedules = schedules
        self._proofs = proofs
        self._history = history
        self._ledger = ledger
        self._committer = committer
        self._clock = clock
        self._zone = zone

    async def create(self, command: CreateBundle) -> StartedBundle:
        """The first run of a template for an anchor date holds that date, as the one made by schedule would."""
        id = str(uuid4())

        async def commit(*, first: bool) -> StartedBundle:
            async def write(session: Session) -> StartedBundle:
                return await self._start(id, command, first=first, session=session)

            return await self._committer.commit(subjects.CREATE_BUNDLE, command, write, BUNDLE_CHANGED, id)

        try:
            return await commit(first=True)
        except DuplicateKeyError:
            return await commit(first=False)

    async def _start(self, id: str, command: CreateBundle, *, first: bool, session: Session) -> StartedBundle:
        run = await self._draft(id, command, session)
        if (
            command.if_unserved
            and command.template_id
            and await self._runs.serves(command.template_id, command.anchor_date, session)
        ):
            raise refused("exists", messages.DATE_TAKEN)
        if not first and command.template_id:
            taken_by = await self._runs.holder(run_key(command.template_id, command.anchor_date), session)
            if taken_by and command.status is not BundleStatus.ARCHIVED:
                await self._ledger.close_unserved(taken_by, session)
        if first and command.template_id:
            run.document["run_key"] = run_key(command.template_id, command.anchor_date)
        await self._runs.add(run.document, run.tasks, session)
        await self._proofs.refresh({"bundle_id": id}, session)
        data = {"title": run.document["title"], "anchor_date": run.document["anchor_date"], "tasks": len(run.tasks)}
        await self._append_history("created", id, command.actor, data, session, template_id=command.template_id or None)
        view = run_of(run.document)
        if not command.template_id:
            return StartedBundle(bundle=view)
        tasks = [task_of(task) for task in run.tasks]
        fit = sum(map(reply_size, tasks)) <= REPLY_BYTES
        return StartedBundle(bundle=view, task_ids=[task.id for task in tasks], tasks=tasks if fit else None)

    async def _draft(self, id: str, command: CreateBundle, session: Session) -> Run:
        now = self._clock.now()
        given = command.model_dump(exclude=_OF_THE_COMMAND, exclude_none=True, mode="json")
        if not command.template_id:
            return Run(plain_run(id, command.anchor_date, given, now), [])
        template = await self._schedules.find(Kind.TEMPLATE, command.template_id, session)
        if template is None:
            raise not_found("Template")
        today = now.astimezone(self._zone).date()
        definition = template_of(template)
        for name, reason in (definition.unreadable or {}).items():
            if name.startswith("taskDefinitions"):
                raise invalid(messages.template_invalid(name, reason))
        try:
            return started_run(definition, id, command.anchor_date, given, now=now, today=today)
        except InvalidDefinition as error:
            raise invalid(messages.template_unusable(error)) from None

    async def update(self, command: UpdateBundle) -> Bundle:
        changes = command.changes
        if not changes.model_fields_set:
            raise invalid(NOTHING_TO_CHANGE)
        fields = cast("RunEdit", changes.model_dump(exclude_unset=True, mode="json"))
        edit = _Edit(command.actor, fields, version=command.version)
        return await self._committer.commit(
            subjects.UPDATE_BUNDLE, command, self._editing(command.id, edit), BUNDLE_CHANGED, command.id
        )

    async def fill_link(self, command: FillLink) -> Bundle:
        """Two people who each fill one link both keep theirs."""

        async def write(session: Session) -> Bundle:
            run = await self._runs.find(command.id, session)
            if run is None:
                raise not_found("Bundle")
            links = filled(run.get("bundle_links") or [], command.name, command.url, command.seen)
            await self._refuse_lost_proof(run, {"bundle_links": links}, session)
            changes = {"bundle_links": links, "updated_at": self._clock.now()}
            after = await self._runs.change(command.id, changes, session)
            await self._proofs.refresh({"bundle_id": command.id}, session)
            change = {"name": command.name, "url": command.url}
            await self._append_history("link_filled", command.id, command.actor, change, session)
            return run_of(after)

        return await self._committer.commit(subjects.FILL_LINK, command, write, BUNDLE_CHANGED, command.id)

    async def change_stage(self, command: ChangeStage) -> Bundle:
        edit = _Edit(command.actor, {"stage": command.stage.value}, comment=command.comment or None)
        return await self._committer.commit(
            subjects.CHANGE_STAGE, command, self._editing(command.id, edit), BUNDLE_CHANGED, command.id
        )

    async def restore(self, command: RestoreBundle) -> Bundle:
        edit = _Edit(command.actor, {"status": BundleStatus.ACTIVE.value})
        return await self._committer.commit(
            subjects.RESTORE_BUNDLE, command, self._editing(command.id, edit), BUNDLE_CHANGED, command.id
        )

    async def archive(self, command: ArchiveBundle) -> ArchivedBundle:
        edit = self._editing(command.id, _Edit(command.actor, {"status": BundleStatus.ARCHIVED.value}))

        async def write(session: Session) -> ArchivedBundle:
            view = await edit(session)
            count, documents = await self._runs.open_tasks(command.id, session, limit=_NAMED)
            named = [OpenTask.model_validate({**one, "id": one["_id"]}) for one in documents]
            return ArchivedBundle(bundle=view, open_count=count, open_tasks=named)

        return await self._committer.commit(subjects.ARCHIVE_BUNDLE, command, write, BUNDLE_CHANGED, command.id)

    async def delete(self, command: DeleteBundle) -> Nothing:
        now = self._clock.now()

        async def write(session: Session) -> Nothing:
            run = await self._runs.find(command.id, session)
            if run is None:
                raise not_found("Bundle")
            if run["status"] != BundleStatus.ARCHIVED:
                raise invalid(messages.ONLY_ARCHIVED_DELETED)
            await self._runs.change(command.id, {"deleted_at": now}, session)
            tasks = await self._runs.delete_tasks(command.id, now, session)
            await self._append_history(
                "deleted", command.id, command.actor, {"title": run["title"], "tasks": tasks}, session
            )
            return Nothing()

        return await self._committer.commit(subjects.DELETE_BUNDLE, command, write, BUNDLE_CHANGED, command.id)

    def _editing(self, id: str, edit: _Edit) -> Callable[[Session], Awaitable[Bundle]]:
        async def write(session: Session) -> Bundle:
            run = await self._runs.find(id, session)
            if run is None:
                raise not_found("Bundle")
            if edit.version is not None and edit.version != run["version"]:
                raise conflict(messages.CHANGED_MEANWHILE)
            fields = _resolved(run, edit)
            await self._refuse_lost_proof(run, fields, session)
            return run_of(await self._apply(run, fields, edit, session))

        return write

    async def _refuse_lost_proof(self, run: RunDocument, fields: RunEdit, session: Session) -> None:
        """Raises Refused when a task that is done would lose a proof that it needed."""
        if not fields.keys() & {"bundle_links", "artifact_refs"}:
            return
        done = await self._runs.done_tasks(run["_id"], session)
        after: RunDocument = {**run, **fields}
        refuse_lost_links(done, run.get("bundle_links") or [], after.get("bundle_links") or [])
        for task in done if "artifact_refs" in fields else ():
            proof = await self._proofs.of(task, session, run=after)
            if missing_proof := unproven(task, task, proof, await self._proofs.of(task, session, run=run)):
                raise refused_for(task, missing_proof)

    async def _apply(self, run: RunDocument, fields: RunEdit, edit: _Edit, session: Session) -> RunDocument:
        """Write the fields, what follows from them, and one history row for each sort of change."""
        id, now = run["_id"], self._clock.now()
        changed = {name: value for name, value in fields.items() if run.get(name) != value}
        archived = (
            {"archived_at": now if changed["status"] == BundleStatus.ARCHIVED else None} if "status" in changed else {}
        )
        after = await self._runs.change(id, {**fields, **archived, "updated_at": now}, session)
        if changed.keys() & {"bundle_links", "artifact_refs"}:
            await self._proofs.refresh({"bundle_id": id}, session)
        if stage := changed.pop("stage", None):
            change = {"from": run["stage"], "to": stage, "title": after.get("title")}
            data = change | ({"comment": edit.comment} if edit.comment else {})
            await self._append_history("stage_changed", id, edit.actor, data, session)
        if status := changed.pop("status", None):
            live = status == BundleStatus.ACTIVE
            if live:
                await self._ledger.close_unserved(id, session)
            await self._runs.set_live(id, live=live, session=session)
            await self._append_history("restored" if live else "archived", id, edit.actor, {}, session)
        if changed:
            await self._append_history("updated", id, edit.actor, changed, session)
        return after

    async def _append_history(
        self,
        event: str,
        id: str,
        actor: str | None,
        data: Raw,
        session: Session,
        *,
        template_id: str | None = None,
    ) -> None:
        entry = new_history_entry(
            f"bundle.{event}", at=self._clock.now(), actor=actor, bundle_id=id, template_id=template_id, data=data
        )
        await self._history.append(entry, session)


def _resolved(run: RunDocument, edit: _Edit) -> RunEdit:
    """The fields to store. Links sent with a version replace the stored ones; those without are merged."""
    if "bundle_links" not in edit.fields or edit.version is not None:
        return edit.fields
    links = merged_links(run.get("bundle_links") or [], edit.fields["bundle_links"])
    return {**edit.fields, "bundle_links": links}
