"""The comment of a task: one text, to which each event adds a stamped line, as API clients do it."""

import datetime as dt

from contracts.fields.task import COMMENT_LIMIT
from contracts.values import iso_milliseconds
from services.kit.refused import invalid
from services.work.tasks import messages
from services.work.tasks.documents import TaskDocument
from services.work.tasks.states import Change


def with_line(task: TaskDocument, text: str, now: dt.datetime) -> TaskDocument:
    """The task with ``[instant] text`` added. A note of several lines becomes one: each line is one event.

    Raises Refused when it would be longer than COMMENT_LIMIT.
    """
    line = f"[{iso_milliseconds(now)}] {' '.join(text.split())}"
    comment = f"{before}\n{line}" if (before := task.get("comment")) else line
    if len(comment) > COMMENT_LIMIT:
        message = messages.comment_full(COMMENT_LIMIT)
        raise invalid(message, {"comment": messages.IS_FULL})
    return {**task, "comment": comment}


def commented(task: TaskDocument, text: str, now: dt.datetime) -> Change:
    return Change(with_line(task, text, now), "task.commented", {"note": text})
