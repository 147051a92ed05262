"""The history of a task in words: who, when, and what changed."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from contracts.history import HistoryRow
from services.portal.formatting.words import Words

_DID = {
    "task.created": "added this task",
    "task.generated": "created this task",
    "task.updated": "changed it",
    "task.completed": "marked it done",
    "task.reopened": "reopened it",
    "task.waiting": "marked it waiting",
    "task.follow_up_sent": "sent a follow-up",
    "task.snoozed": "snoozed the follow-up",
    "task.response_received": "received a response",
    "task.commented": "commented",
    "task.archived": "archived it",
    "task.restored": "restored it",
    "task.deleted": "deleted it",
    "task.undone": "undid the last change",
    "task.imported": "changed it by an import",
    "file.added": "added a file",
    "file.deleted": "deleted a file",
    "file.imported": "changed a file by an import",
    "window.generated": "created this task",
    "artifact.created": "added an artifact",
    "artifact.updated": "changed an artifact",
    "artifact.archived": "archived an artifact",
    "artifact.attached": "attached an artifact",
    "artifact.imported": "changed an artifact by an import",
    "bundle.link_filled": "changed a link of the workflow with it",
    "bundle.stage_changed": "moved the workflow with it",
}
_FIELDS = {
    "description": "Description",
    "date": "Due",
    "assigneeId": "Assignee",
    "waitingFor": "Waiting for",
    "followUpAt": "Follow-up",
    "link": "Link",
    "externalStatus": "External status",
    "instructionsUrl": "Instructions",
    "tags": "Tags",
    "requiresFile": "Needs a file",
    "requiredLinkName": "Needs the link",
}
_DATES = {"date", "followUpAt"}
_DETAILS = ("note", "channel", "filename", "name")


@dataclass(frozen=True)
class HistoryLine:
    """One change: a sentence without its author, what was said with it, and each field that has another value, as a
    line."""

    at: dt.datetime
    who: str
    did: str
    details: list[str] = field(default_factory=list[str])
    changes: list[str] = field(default_factory=list[str])


def describe_entry(row: HistoryRow, words: Words) -> HistoryLine:
    details = [str(row.data[name]) for name in _DETAILS if row.data.get(name)]
    if row.kind.startswith("artifact."):
        details.append(f"“{row.data.get('title', '')}”")
    steps = _object(row.data.get("changes"))
    if "note" not in row.data and (added := _object(steps.get("comment")).get("added")):
        details.append(words.comment_text(str(added).partition("] ")[2] or str(added)))
    changes = [_change(name, _object(step), words) for name, step in steps.items() if name in _FIELDS]
    return HistoryLine(row.at, words.actor(row.actor), did(row.kind), details, changes)


def did(kind: str) -> str:
    """A kind that is new to this version is read as it is written."""
    return _DID.get(kind) or kind.replace(".", " ").replace("_", " ")


def _change(name: str, step: Mapping[str, Any], words: Words) -> str:
    """``Due: Wed 26 Jan → Fri 4 Feb``, and ``Due: Fri 4 Feb`` when there was none before."""
    was, now = (_value(name, step.get(side), words) for side in ("from", "to"))
    return f"{_FIELDS[name]}: {f'{was} → ' if step.get('from') else ''}{now}"


def _value(name: str, value: object, words: Words) -> str:
    if name == "assigneeId":
        return words.person(value if isinstance(value, str) else None)
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(one) for one in cast("list[object]", value))
    return words.date_or_moment(str(value)) if name in _DATES else str(value)


def _object(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
