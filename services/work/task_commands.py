"""Commands about one task: load, pure rule, one write together with its history, then the row as it is now."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from contracts import subjects, task_commands
from contracts.subjects import BUNDLE_CHANGED, TASK_CHANGED, Nothing, Refusal, Request
from contracts.task_commands import TaskCommand
from contracts.views import TaskRow
from services.kit.clock import Clock
from services.kit.mongo import Document, DuplicateKeyError, Session
from services.work.committing import Committer, Tell
from services.work.domain import follow_ups
from services.work.domain.comments import commented
from services.work.domain.completing import completed, reopened
from services.work.domain.task_editing import created, edited
from services.work.domain.task_states import Change
from services.work.domain.undoing import undone
from services.work.queries import Queries
from services.work.stores.tasks import Tasks
from services.work.task_writing import By, TaskWriting, Unproven

_BY_FIELD = (subjects.CREATE_TASK, subjects.UPDATE_TASK)
Rule = Callable[[Document, By], Change | Refusal | None]
_Decide = Callable[[Document, By, Session], Awaitable[Change | Refusal | None]]
_NOT_FOUND = Refusal(code="not_found", message="Task not found")
_CHANGED = Refusal(
    code="conflict", message="Somebody changed this task meanwhile. Look at it as it is now, and try again"
)
_STEP_TAKEN = Refusal(
    code="conflict",
    message="That workflow has a task for this step already",
    fields={"bundleId": "has a task for this step already"},
)


@dataclass
class _Aftermath:
    """What the last attempt of a transaction leaves to be told or noted after it."""

    run_id: str | None = None
    closed_gate: str | None = None

    def clear(self) -> None:
        self.run_id = self.closed_gate = None

    def in_words_of(self, request: Request[Any, TaskRow], reply: TaskRow | Refusal) -> TaskRow | Refusal:
        """Who sets a status by its field is told of the first closed gate, in the words that API clients compare."""
        if isinstance(reply, Refusal) and self.closed_gate is not None and request in _BY_FIELD:
            return reply.model_copy(update={"message": self.closed_gate})
        return reply


class TaskCommands:
    def __init__(
        self,
        tasks: Tasks,
        writing: TaskWriting,
        queries: Queries,
        *,
        clock: Clock,
        committer: Committer,
        tell: Tell,
    ) -> None:
        self._tasks = tasks
        self._writing = writing
        self._queries = queries
        self._clock = clock
        self._committer = committer
        self._tell = tell

    async def create(self, command: task_commands.CreateTask) -> TaskRow | Refusal:
        by = By(command.actor, self._clock.now())
        change = created(command, by.now)
        if isinstance(change, Refusal):
            return change
        aftermath = _Aftermath()

        async def write(session: Session) -> TaskRow | Refusal:
            return await self._write(None, change, by, aftermath, session)

        reply = await self._committer.commit(subjects.CREATE_TASK, command, write, TASK_CHANGED, change.after["_id"])
        await self._tell_run(aftermath)
        return aftermath.in_words_of(subjects.CREATE_TASK, reply)

    async def update(self, command: task_commands.UpdateTask) -> TaskRow | Refusal:
        changes = command.changes
        if not changes.model_fields_set:
            return Refusal(code="invalid", message="No valid fields to update")
        try:
            return await self._change(
                subjects.UPDATE_TASK, command, lambda task, by: edited(task, changes, actor=by.actor, now=by.now)
            )
        except DuplicateKeyError:
            return _STEP_TAKEN

    async def complete(self, command: task_commands.CompleteTask) -> TaskRow | Refusal:
        proof = command.model_dump(include={"link", "comment", "external_status"})
        return await self._change(
            subjects.COMPLETE_TASK, command, lambda task, by: completed(task, **proof, actor=by.actor, now=by.now)
        )

    async def reopen(self, command: task_commands.ReopenTask) -> TaskRow | Refusal:
        return await self._change(subjects.REOPEN_TASK, command, lambda task, by: reopened(task, now=by.now))

    async def undo(self, command: task_commands.UndoChange) -> TaskRow | Refusal:
        async def decide(task: Document, by: By, session: Session) -> Change | Refusal:
            row = await self._writing.change_that_made(task, session)
            return undone(task, row, actor=by.actor, wall=Clock.wall())

        try:
            return await self._decide(subjects.UNDO_CHANGE, command, decide)
        except DuplicateKeyError:
            return _STEP_TAKEN

    async def mark_waiting(self, command: task_commands.MarkWaiting) -> TaskRow | Refusal:
        def rule(task: Document, by: By) -> Change | Refusal:
            who, until = command.waiting_for, command.follow_up_at
            return follow_ups.waiting(task, who=who, until=until, note=command.note, now=by.now, author=command.author)

        return await self._change(subjects.MARK_WAITING, command, rule)

    async def send_follow_up(self, command: task_commands.SendFollowUp) -> TaskRow | Refusal:
        def rule(task: Document, by: By) -> Change | Refusal:
            until, channel = command.follow_up_at, command.channel
            return follow_ups.follow_up_sent(
                task, until=until, channel=channel, note=command.note, now=by.now, author=command.author
            )

        return await self._change(subjects.SEND_FOLLOW_UP, command, rule)

    async def receive_response(self, command: task_commands.ReceiveResponse) -> TaskRow | Refusal:
        def rule(task: Document, by: By) -> Change | Refusal:
            return follow_ups.response_received(task, note=command.note, now=by.now, author=command.author)

        return await self._change(subjects.RECEIVE_RESPONSE, command, rule)

    async def snooze(self, command: task_commands.SnoozeFollowUp) -> TaskRow | Refusal:
        def rule(task: Document, by: By) -> Change | Refusal:
            return follow_ups.snoozed(
                task, until=command.follow_up_at, reason=command.reason, now=by.now, author=command.author
            )

        return await self._change(subjects.SNOOZE_FOLLOW_UP, command, rule)

    async def add_comment(self, command: task_commands.AddComment) -> TaskRow | Refusal:
        return await self._change(subjects.ADD_COMMENT, command, lambda task, by: commented(task, command.text, by.now))

    async def delete(self, command: task_commands.DeleteTask) -> Nothing | Refusal:
        async def write(session: Session) -> Nothing | Refusal:
            task = await self._tasks.find(command.id, session)
            if task is None:
                return _NOT_FOUND
            if _is_stale(command, task):
                return await self._with_current(_CHANGED, task)
            await self._writing.hide(task, By(command.actor, self._clock.now()), session)
            return Nothing()

        return await self._committer.commit(subjects.DELETE_TASK, command, write, TASK_CHANGED, command.id)

    async def _change(self, request: Request[Any, TaskRow], command: TaskCommand, rule: Rule) -> TaskRow | Refusal:
        """Apply a rule to the task as it is in the transaction. None from the rule: it is as wanted already."""

        async def decide(task: Document, by: By, _: Session) -> Change | Refusal | None:
            return rule(task, by)

        return await self._decide(request, command, decide)

    async def _decide(self, request: Request[Any, TaskRow], command: TaskCommand, decide: _Decide) -> TaskRow | Refusal:
        """Apply what is decided in the transaction, at the instant that the attempt reads after the task."""
        aftermath = _Aftermath()

        async def write(session: Session) -> TaskRow | Refusal:
            aftermath.clear()
            task = await self._tasks.find(command.id, session)
            if task is None:
                return _NOT_FOUND
            by = By(command.actor, self._clock.now())
            change = await decide(task, by, session)
            if change is None:
                return await self._queries.task_row(task)
            if _is_stale(command, task):
                change = _CHANGED
            if isinstance(change, Refusal):
                return await self._with_current(change, task)
            return await self._write(task, change, by, aftermath, session)

        reply = await self._committer.commit(request, command, write, TASK_CHANGED, command.id)
        if aftermath.closed_gate is not None:
            await self._tasks.note_refusal(command.id, self._clock.now())
        await self._tell_run(aftermath)
        return aftermath.in_words_of(request, reply)

    async def _write(
        self, before: Document | None, change: Change, by: By, aftermath: _Aftermath, session: Session
    ) -> TaskRow | Refusal:
        result = await self._writing.write(before, change, by, session)
        if isinstance(result, Unproven):
            aftermath.closed_gate = result.gates[0].message if result.refused.code == "proof_missing" else None
            return result.refused if before is None else await self._with_current(result.refused, before)
        aftermath.run_id = result.changed_run_id
        return await self._queries.task_row(result.task)

    async def _with_current(self, refused: Refusal, task: Document) -> Refusal:
        """A conflict shows what the task is now."""
        if refused.code != "conflict":
            return refused
        row = await self._queries.task_row(task)
        return refused.model_copy(update={"current": row.model_dump(mode="json", by_alias=True, exclude_none=True)})

    async def _tell_run(self, aftermath: _Aftermath) -> None:
        if aftermath.run_id is not None:
            await self._tell(BUNDLE_CHANGED, [aftermath.run_id])


def _is_stale(command: TaskCommand, task: Document) -> bool:
    return command.version not in (None, task["version"])
