"""Waiting for somebody, and the follow-ups until they answer."""

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from contracts.fields.task import follow_up_moment
from contracts.values import TaskStatus, beginning_of
from services.kit.refused import Refused, conflict, invalid
from services.work.tasks import messages
from services.work.tasks.comments import with_line
from services.work.tasks.documents import TaskDocument
from services.work.tasks.states import Change, move_task

_NEEDED = {"waiting_for": "waitingFor", "follow_up_at": "followUpAt", "comment": "comment"}


def refuse_incomplete_waiting(before: TaskDocument | None, after: TaskDocument) -> None:
    """Raises Refused for a task that would be waiting without saying for whom, until when and why. One that begins to
    wait says why with a new comment."""
    if after["status"] != TaskStatus.WAITING:
        return
    fields = {
        shown: messages.MUST_NOT_BE_BLANK for name, shown in _NEEDED.items() if not (after.get(name) or "").strip()
    }
    begins = before is not None and before["status"] != TaskStatus.WAITING
    if not fields and begins and before is not None and after.get("comment") == before.get("comment"):
        fields["comment"] = messages.NEW_COMMENT_NEEDED
    if fields:
        raise invalid(messages.WAITING_INCOMPLETE, fields)


def due_instant(follow_up_at: str | None, zone: ZoneInfo) -> dt.datetime | None:
    """When a follow-up is due: a date at local midnight, an instant then."""
    if not follow_up_at:
        return None
    moment = follow_up_moment(follow_up_at)
    return moment.astimezone(dt.UTC) if isinstance(moment, dt.datetime) else beginning_of(moment, zone)


def waiting(
    task: TaskDocument, *, who: str, until: str, note: str, now: dt.datetime, author: str | None = None
) -> Change:
    if task["status"] == TaskStatus.WAITING:
        raise conflict(messages.ALREADY_WAITING)
    after = move_task(task, TaskStatus.WAITING, actor=None, now=now)
    after = with_line(after, messages.waiting_for(who, _describe_author(author), until, note), now)
    return Change({**after, "waiting_for": who, "follow_up_at": until}, "task.waiting", {"note": note})


def follow_up_sent(
    task: TaskDocument,
    *,
    until: str,
    channel: str | None,
    note: str | None,
    now: dt.datetime,
    author: str | None = None,
) -> Change:
    """The task stays waiting, with the next date."""
    line = messages.follow_up_sent(_by(author), until)
    line += f" ({channel})" if channel else ""
    details = {"channel": channel, "note": note}
    return _next(task, "task.follow_up_sent", until, line + (f": {note}" if note else ""), details, now)


def snoozed(task: TaskDocument, *, until: str, reason: str, now: dt.datetime, author: str | None = None) -> Change:
    line = messages.snoozed(_by(author), until, reason)
    return _next(task, "task.snoozed", until, line, {"note": reason}, now)


def _next(
    task: TaskDocument, kind: str, until: str, line: str, details: Mapping[str, object], now: dt.datetime
) -> Change:
    if task["status"] != TaskStatus.WAITING:
        raise _not_waiting()
    after = with_line(task, line, now)
    kept = {name: value for name, value in details.items() if value is not None}
    return Change({**after, "follow_up_at": until}, kind, kept)


def response_received(task: TaskDocument, *, note: str | None, now: dt.datetime, author: str | None = None) -> Change:
    """Whom it waited for and until when stays readable."""
    if task["status"] != TaskStatus.WAITING:
        raise _not_waiting()
    after = with_line(task, messages.response_received(_describe_author(author)) + (f": {note}" if note else ""), now)
    after = move_task(after, TaskStatus.TODO, actor=None, now=now)
    return Change(after, "task.response_received", {"note": note} if note else {})


def _not_waiting() -> Refused:
    return conflict(messages.NOT_WAITING)


def _by(author: str | None) -> str:
    return f" by {author}" if author else ""


def _describe_author(author: str | None) -> str:
    return messages.reported_by(author) if author else ""
