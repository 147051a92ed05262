"""Commands: load, pure rule, one write together with its history, then the changed view."""

import datetime as dt
from collections.abc import Callable
from typing import Any, cast
from zoneinfo import ZoneInfo

from contracts import subjects
from contracts.duties import DutyFields
from contracts.fields.lenient import Raw
from contracts.recurring import CreateRecurring, DeleteRecurring, RecurringConfig, UpdateRecurring
from contracts.schedule_rows import ArchiveSchedule, PauseSchedule, RestoreSchedule, ResumeSchedule, ScheduleRow
from contracts.subjects import SCHEDULE_CHANGED, Nothing, Request
from contracts.values import Kind, beginning_of
from services.kit.clock import Clock
from services.kit.mongo.driver import Session
from services.kit.refused import Refused, conflict, invalid, invalid_field, not_found, refused
from services.work.committing import Committer
from services.work.generation.ledger import Ledger
from services.work.history.documents import ids_of_schedule
from services.work.history.store import History, new_history_entry
from services.work.messages import NOTHING_TO_CHANGE
from services.work.queries import Queries
from services.work.schedules import messages
from services.work.schedules import timeline as timelines
from services.work.schedules.chosen_dates import ended_pause
from services.work.schedules.documents import RecurringDocument, ScheduleDocument, TemplateDocument
from services.work.schedules.reading import config_of, timeline_of
from services.work.schedules.store import Schedules, new_document, switched, timeline_fields
from services.work.schedules.triggers import cron_of
from services.work.tasks.store import Tasks

_DUTY_FIELDS = set(DutyFields.model_fields) | {"tags", "assignee_id"}
_Switch = PauseSchedule | ResumeSchedule | ArchiveSchedule | RestoreSchedule


class Commands:
    def __init__(
        self,
        schedules: Schedules,
        tasks: Tasks,
        history: History,
        queries: Queries,
        ledger: Ledger,
        *,
        clock: Clock,
        zone: ZoneInfo,
        committer: Committer,
    ) -> None:
        self._zone = zone
        self._ledger = ledger
        self._schedules = schedules
        self._tasks = tasks
        self._history = history
        self._queries = queries
        self._clock = clock
        self._committer = committer

    async def create_recurring(self, command: CreateRecurring) -> RecurringConfig:
        now = self._clock.now()
        timeline = timelines.create(cron=command.cron_expression, enabled=command.enabled, by=command.actor, now=now)
        given = command.model_dump(include=_DUTY_FIELDS, exclude_none=True, mode="json")
        begun = {**new_document(command.id, now), "description": command.description, **given}
        document = cast("RecurringDocument", {**begun, **timeline_fields(timeline, now)})

        async def write(session: Session) -> RecurringConfig:
            if await self._schedules.known(Kind.RECURRING, document["_id"], session):
                raise refused("exists", messages.CREATED_BEFORE)
            await self._schedules.add(Kind.RECURRING, document, session)
            await self._history.append(
                new_history_entry(
                    "recurring.created", at=now, actor=command.actor, recurring_config_id=document["_id"]
                ),
                session,
            )
            return config_of(document, now)

        return await self._committer.commit(
            subjects.CREATE_RECURRING, command, write, SCHEDULE_CHANGED, document["_id"]
        )

    async def update_recurring(self, command: UpdateRecurring) -> RecurringConfig:
        changes = command.changes
        if not changes.model_fields_set and not command.cleared:
            raise invalid(NOTHING_TO_CHANGE)

        def revise(document: ScheduleDocument, now: dt.datetime) -> Raw:
            timeline = timeline_of(document)
            if changes.cron_expression is not None:
                timeline = timelines.reschedule(timeline, cron=changes.cron_expression, by=command.actor, now=now)
            if changes.enabled is True:
                timeline = timelines.resume(timeline, by=command.actor, now=now)
            if changes.enabled is False:
                timeline = timelines.pause(timeline, reason=None, by=command.actor, now=now)
            fields = changes.model_dump(exclude_unset=True, exclude={"cron_expression", "enabled"}, mode="json")
            return {**fields, **dict.fromkeys(command.cleared), **timeline_fields(timeline, now)}

        async def write(session: Session) -> RecurringConfig:
            before = await self._schedules.find(Kind.RECURRING, command.id, session)
            if before is not None and command.version not in (None, before["version"]):
                message = messages.CONFIG_CHANGED
                raise conflict(message).with_current(config_of(before, self._clock.now()))
            document = await self._revise(Kind.RECURRING, command.id, "updated", command.actor, revise, session)
            return config_of(document, self._clock.now())

        return await self._committer.commit(subjects.UPDATE_RECURRING, command, write, SCHEDULE_CHANGED, command.id)

    async def pause_schedule(self, command: PauseSchedule) -> ScheduleRow:
        until = None
        if command.until is not None:
            until = timelines.Until(command.until, beginning_of(command.until, self._zone))
            if until.begins <= self._clock.now():
                raise invalid_field("until", messages.MUST_LIE_AHEAD)

        def pause(timeline: timelines.Timeline, now: dt.datetime) -> timelines.Timeline:
            return timelines.pause(timeline, reason=command.reason, by=command.actor, now=now, until=until)

        return await self._switch(subjects.PAUSE_SCHEDULE, command, "paused", pause)

    async def resume_schedule(self, command: ResumeSchedule) -> ScheduleRow:
        def resume(timeline: timelines.Timeline, now: dt.datetime) -> timelines.Timeline:
            return timelines.resume(timeline, by=command.actor, now=now)

        return await self._switch(subjects.RESUME_SCHEDULE, command, "resumed", resume)

    async def archive_schedule(self, command: ArchiveSchedule) -> ScheduleRow:
        def archive(timeline: timelines.Timeline, now: dt.datetime) -> timelines.Timeline:
            return timelines.archive(timeline, by=command.actor, now=now)

        return await self._switch(subjects.ARCHIVE_SCHEDULE, command, "archived", archive)

    async def restore_schedule(self, command: RestoreSchedule) -> ScheduleRow:
        def restore(timeline: timelines.Timeline, now: dt.datetime) -> timelines.Timeline:
            return timelines.restore(timeline, by=command.actor, now=now)

        return await self._switch(subjects.RESTORE_SCHEDULE, command, "restored", restore)

    async def _switch(
        self,
        request: Request[Any, ScheduleRow],
        command: _Switch,
        event: str,
        change: Callable[[timelines.Timeline, dt.datetime], timelines.Timeline],
    ) -> ScheduleRow:
        kind = command.kind
        stored = await self._schedules.find(kind, command.id)
        # Before the transaction, which holds up others and may be tried again.
        figures = await self._queries.figures(kind, [stored] if stored and "timeline" in stored else [])

        def revise(document: ScheduleDocument, now: dt.datetime) -> Raw:
            return switched(kind, change(timeline_of(document), now), now)

        async def write(session: Session) -> ScheduleRow:
            before = await self._schedules.find(kind, command.id, session)
            if before is not None and kind is Kind.TEMPLATE and cron_of(cast("TemplateDocument", before)) is None:
                raise conflict(messages.STARTED_BY_HAND)
            document = await self._revise(kind, command.id, event, command.actor, revise, session)
            return self._queries.schedule_row(kind, document, figures)

        return await self._committer.commit(request, command, write, SCHEDULE_CHANGED, command.id)

    async def _revise(
        self,
        kind: Kind,
        id: str,
        event: str,
        actor: str | None,
        revise: Callable[[ScheduleDocument, dt.datetime], Raw],
        session: Session,
    ) -> ScheduleDocument:
        """Apply a pure change to a stored definition. Raises Refused when there is no such schedule.

        The instant of the change is read after the document: an attempt that met another writer takes a later one.
        """
        document = await self._schedules.find(kind, id, session)
        if document is None or "timeline" not in document:
            raise _not_found(kind)
        now = self._clock.now()
        changes = {**revise(document, now), "updated_at": now}
        data = {name: value for name, value in changes.items() if name not in _NOT_IN_HISTORY}
        if ended := ended_pause(kind, document, now):
            await self._history.append(ended, session)
        await self._history.append(
            new_history_entry(f"{kind}.{event}", at=now, actor=actor, data=data, **ids_of_schedule(kind, id)), session
        )
        return await self._schedules.change(kind, id, changes, session)

    async def delete_recurring(self, command: DeleteRecurring) -> Nothing:
        """Hides a config that never made anything; one with history is refused with the counts."""
        now, kind = self._clock.now(), Kind.RECURRING

        async def write(session: Session) -> Nothing:
            if await self._schedules.find(kind, command.id, session) is None:
                raise _not_found(kind)
            # A window in flight may still make a task: it finds the tombstone, never a config that is gone.
            await self._schedules.change(kind, command.id, {"deleted_at": now, "changed_at": Clock.wall()}, session)
            tasks = await self._tasks.count_of_config(command.id, session)
            if tasks:
                message = messages.HAS_GENERATED
                raise refused("has_history", message, counts={"tasks": tasks})
            await self._history.append(
                new_history_entry(
                    "recurring.deleted", at=now, actor=command.actor, **ids_of_schedule(kind, command.id)
                ),
                session,
            )
            await self._ledger.close(kind, command.id, deleted_by=command.actor, at=now, session=session)
            return Nothing()

        return await self._committer.commit(subjects.DELETE_RECURRING, command, write, SCHEDULE_CHANGED, command.id)


_NOT_IN_HISTORY = {"timeline", "planned_at", "changed_at", "updated_at"}


def _not_found(kind: Kind) -> Refused:
    return not_found("Recurring config" if kind is Kind.RECURRING else "Template")
