"""Commands: load, pure rule, one write together with its history, then the changed view."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from contracts import commands, subjects
from contracts.subjects import SCHEDULE_CHANGED, TASK_CHANGED, Nothing, Refused, Request
from contracts.values import Kind
from contracts.views import DutyFields, RecurringConfig, ScheduleRow, TaskRow, Template
from services.kit.clock import Clock
from services.kit.mongo import Document, Session
from services.work.committing import Committer
from services.work.domain import timeline as timelines
from services.work.domain.completing import complete
from services.work.domain.proof import missing_items
from services.work.queries import Queries
from services.work.stores.history import History, history_row
from services.work.stores.schedules import Schedules, config_of, template_of, timeline_fields, timeline_of
from services.work.stores.tasks import Tasks

_DUTY_FIELDS = set(DutyFields.model_fields) | {"tags", "assignee_id"}
_Switch = commands.PauseSchedule | commands.ResumeSchedule | commands.ArchiveSchedule | commands.RestoreSchedule
_EXISTS = Refused(code="exists", message="It was created before; nothing was changed")


class Commands:
    def __init__(
        self,
        schedules: Schedules,
        tasks: Tasks,
        history: History,
        queries: Queries,
        *,
        clock: Clock,
        zone: ZoneInfo,
        committer: Committer,
    ) -> None:
        self._zone = zone
        self._schedules = schedules
        self._tasks = tasks
        self._history = history
        self._queries = queries
        self._clock = clock
        self._committer = committer

    async def create_recurring(self, command: commands.CreateRecurring) -> RecurringConfig | Refused:
        now = self._clock.now()
        timeline = timelines.create(cron=command.cron_expression, enabled=command.enabled, by=command.actor, now=now)
        document: Document = {
            **_new(command.id, now),
            "description": command.description,
            **command.model_dump(include=_DUTY_FIELDS, exclude_none=True, mode="json"),
            **timeline_fields(timeline, now),
        }

        async def write(session: Session) -> RecurringConfig | Refused:
            added = await self._add(Kind.RECURRING, document, command.actor, session)
            return config_of(document, now) if added else _EXISTS

        return await self._committer.commit(
            subjects.CREATE_RECURRING, command, write, SCHEDULE_CHANGED, document["_id"]
        )

    async def create_template(self, command: commands.CreateTemplate) -> Template | Refused:
        now = self._clock.now()
        document: Document = {
            **_new(command.id, now),
            **command.model_dump(exclude={"actor", "key", "id"}, exclude_none=True, mode="json"),
        }
        if command.trigger_type == "automatic" and command.trigger_schedule:
            timeline = timelines.create(
                cron=command.trigger_schedule,
                lead_days=command.trigger_lead_days or 0,
                enabled=command.trigger_enabled is not False,
                by=command.actor,
                now=now,
            )
            document.update(timeline_fields(timeline, now))

        async def write(session: Session) -> Template | Refused:
            added = await self._add(Kind.TEMPLATE, document, command.actor, session)
            return template_of(document) if added else _EXISTS

        return await self._committer.commit(subjects.CREATE_TEMPLATE, command, write, SCHEDULE_CHANGED, document["_id"])

    async def _add(self, kind: Kind, document: Document, actor: str | None, session: Session) -> bool:
        if await self._schedules.known(kind, document["_id"], session):
            return False
        await self._schedules.add(kind, document, session)
        await self._history.append(
            history_row(f"{kind}.created", at=document["created_at"], actor=actor, **_ids(kind, document["_id"])),
            session,
        )
        return True

    async def update_recurring(self, command: commands.UpdateRecurring) -> RecurringConfig | Refused:
        changes, now = command.changes, self._clock.now()
        if not changes.model_fields_set:
            return Refused(code="invalid", message="No valid fields to update")

        def revise(document: Document) -> Document:
            timeline = timeline_of(document)
            if changes.cron_expression is not None:
                timeline = timelines.reschedule(timeline, cron=changes.cron_expression, by=command.actor, now=now)
            if changes.enabled is True:
                timeline = timelines.resume(timeline, by=command.actor, now=now)
            if changes.enabled is False:
                timeline = timelines.pause(timeline, reason=None, by=command.actor, now=now)
            fields = changes.model_dump(exclude_unset=True, exclude={"cron_expression", "enabled"}, mode="json")
            return {**fields, **timeline_fields(timeline, now)}

        async def write(session: Session) -> RecurringConfig | Refused:
            document = await self._revise(Kind.RECURRING, command.id, "updated", command.actor, revise, session)
            return config_of(document, now) if document else _not_found(Kind.RECURRING)

        return await self._committer.commit(subjects.UPDATE_RECURRING, command, write, SCHEDULE_CHANGED, command.id)

    async def pause_schedule(self, command: commands.PauseSchedule) -> ScheduleRow | Refused:
        now, until = self._clock.now(), None
        if command.until is not None:
            until = dt.datetime.combine(command.until, dt.time(), self._zone).astimezone(dt.UTC)
            if until <= now:
                reason = "must lie ahead"
                return Refused(code="invalid", message=f"until {reason}", fields={"until": reason})

        def pause(timeline: timelines.Timeline) -> timelines.Timeline:
            return timelines.pause(timeline, reason=command.reason, by=command.actor, now=now, until=until)

        return await self._switch(subjects.PAUSE_SCHEDULE, command, "paused", pause)

    async def resume_schedule(self, command: commands.ResumeSchedule) -> ScheduleRow | Refused:
        now = self._clock.now()

        def resume(timeline: timelines.Timeline) -> timelines.Timeline:
            return timelines.resume(timeline, by=command.actor, now=now)

        return await self._switch(subjects.RESUME_SCHEDULE, command, "resumed", resume)

    async def archive_schedule(self, command: commands.ArchiveSchedule) -> ScheduleRow | Refused:
        now = self._clock.now()

        def archive(timeline: timelines.Timeline) -> timelines.Timeline:
            return timelines.archive(timeline, by=command.actor, now=now)

        return await self._switch(subjects.ARCHIVE_SCHEDULE, command, "archived", archive)

    async def restore_schedule(self, command: commands.RestoreSchedule) -> ScheduleRow | Refused:
        now = self._clock.now()

        def restore(timeline: timelines.Timeline) -> timelines.Timeline:
            return timelines.restore(timeline, by=command.actor, now=now)

        return await self._switch(subjects.RESTORE_SCHEDULE, command, "restored", restore)

    async def _switch(
        self,
        request: Request[Any, ScheduleRow],
        command: _Switch,
        event: str,
        change: Callable[[timelines.Timeline], timelines.Timeline],
    ) -> ScheduleRow | Refused:
        now, kind = self._clock.now(), command.kind

        def revise(document: Document) -> Document:
            timeline = change(timeline_of(document))
            fields = timeline_fields(timeline, now)
            if kind is Kind.TEMPLATE:
                fields["trigger_enabled"] = fields["current"]["enabled"]
            return fields

        async def write(session: Session) -> ScheduleRow | Refused:
            document = await self._revise(kind, command.id, event, command.actor, revise, session)
            return await self._queries.schedule_row(kind, document) if document else _not_found(kind)

        return await self._committer.commit(request, command, write, SCHEDULE_CHANGED, command.id)

    async def _revise(
        self,
        kind: Kind,
        id: str,
        event: str,
        actor: str | None,
        revise: Callable[[Document], Document],
        session: Session,
    ) -> Document | None:
        """Apply a pure change to a stored definition; None when there is no such schedule."""
        document = await self._schedules.find(kind, id, session)
        if document is None or "timeline" not in document:
            return None
        now = self._clock.now()
        changes = {**revise(document), "updated_at": now}
        data = {name: value for name, value in changes.items() if name not in _UNTOLD}
        await self._history.append(
            history_row(f"{kind}.{event}", at=now, actor=actor, data=data, **_ids(kind, id)), session
        )
        return await self._schedules.change(kind, id, changes, session)

    async def delete_recurring(self, command: commands.DeleteRecurring) -> Nothing | Refused:
        """Hides a config that never made anything; one with history is refused with the counts."""
        now, kind = self._clock.now(), Kind.RECURRING

        async def write(session: Session) -> Nothing | Refused:
            if await self._schedules.find(kind, command.id, session) is None:
                return _not_found(kind)
            # A window in flight may still make a task: it finds the tombstone, never a config that is gone.
            await self._schedules.change(kind, command.id, {"deleted_at": now, "changed_at": Clock.wall()}, session)
            tasks = await self._tasks.count_of_config(command.id, session)
            if tasks:
                raise _HasHistory(tasks)
            await self._history.append(
                history_row("recurring.deleted", at=now, actor=command.actor, **_ids(kind, command.id)), session
            )
            return Nothing()

        try:
            return await self._committer.commit(subjects.DELETE_RECURRING, command, write, SCHEDULE_CHANGED, command.id)
        except _HasHistory as history:
            return Refused(
                code="has_history",
                message="This config has generated work. Pause or disable it instead, or archive it",
                counts={"tasks": history.tasks},
            )

    async def complete_task(self, command: commands.CompleteTask) -> TaskRow | Refused:
        now = self._clock.now()

        async def write(session: Session) -> TaskRow | Refused:
            task = await self._tasks.find(command.id, session)
            if task is None:
                return Refused(code="not_found", message="Task not found")
            changes = complete(task, missing_items(task), actor=command.actor, now=now)
            if isinstance(changes, Refused):
                return changes
            if changes is not None:
                await self._tasks.change(command.id, changes, session)
                await self._history.append(
                    history_row(
                        "task.completed",
                        at=now,
                        actor=command.actor,
                        task_id=command.id,
                        bundle_id=task.get("bundle_id"),
                        data={"from": task["status"]},
                    ),
                    session,
                )
            return await self._queries.task_row({**task, **(changes or {})})

        reply = await self._committer.commit(subjects.COMPLETE_TASK, command, write, TASK_CHANGED, command.id)
        if isinstance(reply, Refused) and reply.code == "proof_missing":
            await self._tasks.note_refusal(command.id, now)
        return reply


class _HasHistory(Exception):
    """Leaves a transaction that must not be kept, with the number of tasks that refer to the config."""

    def __init__(self, tasks: int) -> None:
        super().__init__()
        self.tasks = tasks


_UNTOLD = {"timeline", "changed_at", "updated_at"}


def _new(id: str | None, now: object) -> Document:
    return {
        "_id": id or str(uuid4()),
        "created_at": now,
        "updated_at": now,
        "changed_at": Clock.wall(),
        "deleted_at": None,
        "version": 1,
    }


def _ids(kind: Kind, id: str) -> dict[str, str]:
    return {"recurring_config_id" if kind is Kind.RECURRING else "template_id": id}


def _not_found(kind: Kind) -> Refused:
    return Refused(
        code="not_found", message="Recurring config not found" if kind is Kind.RECURRING else "Template not found"
    )
