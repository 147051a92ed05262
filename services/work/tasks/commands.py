"""Commands about one task: load, pure rule, one write together with its history, then the row as it is now."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from contracts import subjects
from contracts.subjects import BUNDLE_CHANGED, TASK_CHANGED, Nothing, Request
from contracts.tasks import (
    AddComment,
    CompleteTask,
    CreateTask,
    DeleteTask,
    MarkWaiting,
    ReceiveResponse,
    ReopenTask,
    SendFollowUp,
    SnoozeFollowUp,
    TaskCommand,
    TaskRow,
    UndoChange,
    UpdateTask,
)
from services.kit.clock import Clock
from services.kit.mongo.driver import DuplicateKeyError, Session
from services.kit.refused import Refused, conflict, invalid, not_found, refused
from services.work.committing import Committer, Publish
from services.work.messages import NOTHING_TO_CHANGE
from services.work.queries import Queries
from services.work.tasks import follow_ups, messages
from services.work.tasks.comments import commented
from services.work.tasks.completing import Unproven, completed, reopened
from services.work.tasks.documents import TaskDocument
from services.work.tasks.editing import created, edited
from services.work.tasks.states import Change
from services.work.tasks.store import Tasks
from services.work.tasks.undoing import undone
from services.work.tasks.writing import By, TaskWriting

Rule = Callable[[TaskDocument, By], Change | None]
_Decide = Callable[[TaskDocument, By, Session], Awaitable[Change | None]]


@dataclass
class _Aftermath:
    """What the last attempt of a transaction leaves to be told after it."""

    run_id: str | None = None


class TaskCommands:
    def __init__(
        self,
        tasks: Tasks,
        writing: TaskWriting,
        queries: Queries,
        *,
        clock: Clock,
        committer: Committer,
        publish: Publish,
    ) -> None:
        self._tasks = tasks
        self._writing = writing
        self._queries = queries
        self._clock = clock
        self._committer = committer
        self._publish = publish

    async def create(self, command: CreateTask) -> TaskRow:
        by = By(command.actor, self._clock.now())
        change = created(command, by.now)
        aftermath = _Aftermath()

        async def write(session: Session) -> TaskRow:
            return await self._write(None, change, by, aftermath, session)

        try:
            row = await self._committer.commit(subjects.CREATE_TASK, command, write, TASK_CHANGED, change.after["_id"])
        except Unproven as unproven:
            raise _first_missing_proof(unproven) from None
        await self._publish_run_changed(aftermath)
        return row

    async def update(self, command: UpdateTask) -> TaskRow:
        changes = command.changes
        if not changes.model_fields_set:
            raise invalid(NOTHING_TO_CHANGE)
        try:
            return await self._change(
                subjects.UPDATE_TASK, command, lambda task, by: edited(task, changes, actor=by.actor, now=by.now)
            )
        except Unproven as unproven:
            raise _first_missing_proof(unproven) from None
        except DuplicateKeyError:
            raise _step_taken() from None

    async def complete(self, command: CompleteTask) -> TaskRow:
        proof = command.model_dump(include={"link", "comment", "external_status"})
        return await self._change(
            subjects.COMPLETE_TASK, command, lambda task, by: completed(task, **proof, actor=by.actor, now=by.now)
        )

    async def reopen(self, command: ReopenTask) -> TaskRow:
        return await self._change(subjects.REOPEN_TASK, command, lambda task, by: reopened(task, now=by.now))

    async def undo(self, command: UndoChange) -> TaskRow:
        async def decide(task: TaskDocument, by: By, session: Session) -> Change:
            row = await self._writing.change_that_made(task, session)
            return undone(task, row, actor=by.actor, wall=Clock.wall())

        try:
            return await self._decide(subjects.UNDO_CHANGE, command, decide)
        except DuplicateKeyError:
            raise _step_taken() from None

    async def mark_waiting(self, command: MarkWaiting) -> TaskRow:
        def rule(task: TaskDocument, by: By) -> Change:
            who, until = command.waiting_for, command.follow_up_at
            return follow_ups.waiting(task, who=who, until=until, note=command.note, now=by.now, author=command.author)

        return await self._change(subjects.MARK_WAITING, command, rule)

    async def send_follow_up(self, command: SendFollowUp) -> TaskRow:
        def rule(task: TaskDocument, by: By) -> Change:
            until, channel = command.follow_up_at, command.channel
            return follow_ups.follow_up_sent(
                task, until=until, channel=channel, note=command.note, now=by.now, author=command.author
            )

        return await self._change(subjects.SEND_FOLLOW_UP, command, rule)

    async def receive_response(self, command: ReceiveResponse) -> TaskRow:
        def rule(task: TaskDocument, by: By) -> Change:
            return follow_ups.response_received(task, note=command.note, now=by.now, author=command.author)

        return await self._change(subjects.RECEIVE_RESPONSE, command, rule)

    async def snooze(self, command: SnoozeFollowUp) -> TaskRow:
        def rule(task: TaskDocument, by: By) -> Change:
            return follow_ups.snoozed(
                task, until=command.follow_up_at, reason=command.reason, now=by.now, author=command.author
            )

        return await self._change(subjects.SNOOZE_FOLLOW_UP, command, rule)

    async def add_comment(self, command: AddComment) -> TaskRow:
        return await self._change(subjects.ADD_COMMENT, command, lambda task, by: commented(task, command.text, by.now))

    async def delete(self, command: DeleteTask) -> Nothing:
        async def write(session: Session) -> Nothing:
            task = await self._tasks.find(command.id, session)
            if task is None:
                raise not_found("Task")
            if _is_stale(command, task):
                raise await self._with_current(_changed(), task)
            await self._writing.hide(task, By(command.actor, self._clock.now()), session)
            return Nothing()

        return await self._committer.commit(subjects.DELETE_TASK, command, write, TASK_CHANGED, command.id)

    async def _change(self, request: Request[Any, TaskRow], command: TaskCommand, rule: Rule) -> TaskRow:
        """Apply a rule to the task as it is in the transaction. None from the rule: it is as wanted already."""

        async def decide(task: TaskDocument, by: By, _: Session) -> Change | None:
            return rule(task, by)

        return await self._decide(request, command, decide)

    async def _decide(self, request: Request[Any, TaskRow], command: TaskCommand, decide: _Decide) -> TaskRow:
        """Apply what is decided in the transaction, at the instant that the attempt reads after the task."""
        aftermath = _Aftermath()

        async def write(session: Session) -> TaskRow:
            aftermath.run_id = None
            task = await self._tasks.find(command.id, session)
            if task is None:
                raise not_found("Task")
            by = By(command.actor, self._clock.now())
            try:
                change = await decide(task, by, session)
                if change is None:
                    return await self._queries.task_row(task)
                if not _is_stale(command, task):
                    return await self._write(task, change, by, aftermath, session)
            except Refused as refused:
                if not _is_stale(command, task):
                    raise await self._with_current(refused, task) from None
            raise await self._with_current(_changed(), task)

        try:
            row = await self._committer.commit(request, command, write, TASK_CHANGED, command.id)
        except Unproven:
            await self._tasks.note_refusal(command.id, self._clock.now())
            raise
        await self._publish_run_changed(aftermath)
        return row

    async def _write(
        self, before: TaskDocument | None, change: Change, by: By, aftermath: _Aftermath, session: Session
    ) -> TaskRow:
        result = await self._writing.write(before, change, by, session)
        aftermath.run_id = result.changed_run_id
        return await self._queries.task_row(result.task)

    async def _with_current(self, refused: Refused, task: TaskDocument) -> Refused:
        """A conflict shows what the task is now."""
        if refused.refusal.code != "conflict":
            return refused
        return refused.with_current(await self._queries.task_row(task))

    async def _publish_run_changed(self, aftermath: _Aftermath) -> None:
        if aftermath.run_id is not None:
            await self._publish(BUNDLE_CHANGED, [aftermath.run_id])


def _changed() -> Refused:
    return conflict(messages.CHANGED_MEANWHILE)


def _step_taken() -> Refused:
    reason = messages.HAS_THIS_STEP
    return refused("conflict", messages.step_taken(reason), fields={"bundleId": reason})


def _first_missing_proof(unproven: Unproven) -> Refused:
    """The refusal with the message of the first missing proof, which API clients compare."""
    return Refused(unproven.refusal.model_copy(update={"message": unproven.missing_proof[0].message}))


def _is_stale(command: TaskCommand, task: TaskDocument) -> bool:
    return command.version not in (None, task["version"])
