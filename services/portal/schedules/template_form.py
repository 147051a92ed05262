"""The editor of a template: its fields and lists as they are typed, moved about, and turned into a definition.

A field of a row is named as the API names it, ``taskDefinitions[3].offsetDays``, so that a refusal finds its place.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from contracts.duties import KeptWhole
from contracts.templates import Template
from contracts.values import Stage
from services.portal.http.bodies import JsonObject
from services.portal.http.errors import BadInput
from services.portal.http.forms import Form
from services.portal.schedules import messages

Row = dict[str, str]
Rows = dict[str, list[Row]]

LISTS = ("taskDefinitions", "bundleLinkDefinitions", "references", "phases")
STAGES = list(Stage)
LABELS = {
    "name": "Name",
    "type": "Type",
    "emoji": "Emoji",
    "tags": "Tags",
    "defaultAssigneeId": "Assignee",
    "triggerType": "How it starts",
    "cronExpression": "Schedule",
    "triggerLeadDays": "Days ahead",
    "taskDefinitions": "Tasks",
    "bundleLinkDefinitions": "Links to fill",
    "references": "References",
    "phases": "Phases",
}
_ONE_OF = {
    "taskDefinitions": "Task",
    "bundleLinkDefinitions": "Link",
    "references": "Reference",
    "phases": "Phase",
}
_ROW_LABELS = {
    "description": "what is to be done",
    "offsetDays": "days from the anchor date",
    "assigneeId": "assignee",
    "phase": "phase",
    "instructions": "instructions",
    "instructionsUrl": "link to instructions",
    "requiredLinkName": "required link",
    "proofType": "proof",
    "proofLabel": "name of the proof",
    "stageOnComplete": "stage",
    "name": "name",
    "url": "address",
    "stage": "stage",
}
_CELL = re.compile(r"([a-zA-Z]+)\[(\d{1,4})\]\.([a-zA-Z]+)")
_ROW = re.compile(r"([a-zA-Z]+)\[(\d{1,4})\]")
_TOP_NAME = re.compile(r"[.\[]")
_WHOLE = re.compile(r"[+-]?\d{1,9}")
_TOP = ("name", "type", "emoji", "tags", "defaultAssigneeId", "triggerType", "cronExpression", "triggerLeadDays")
_TASK_TEXTS = (
    *("description", "assigneeId", "phase", "instructions", "instructionsUrl", "requiredLinkName", "stageOnComplete"),
)
_NEEDED = ("name", "type", "taskDefinitions")
_TASK_TICKS = ("requiresFile", "isMilestone")
_TASK_FIELDS = ("refId", "offsetDays", "proofType", "proofLabel", *_TASK_TEXTS, *_TASK_TICKS)
_MARKS = ("refId", "id")
_NAMED_FIELDS = ("id", "was", "name", "url", "stage")
_RENAMED = (
    ("triggerSchedule", "cronExpression"),
    ("proofRequirement.type", "proofType"),
    ("proofRequirement.label", "proofLabel"),
)
_LONGEST_LIST = 200
_NOTHING: JsonObject = {}


@dataclass(frozen=True)
class Draft:
    """What the editor shows. ``version`` is empty for a template that is not stored yet."""

    top: Row
    rows: Rows
    version: str = ""


def blank() -> Draft:
    """One empty task to begin with: a template has at least one."""
    top = dict.fromkeys(_TOP, "") | {"triggerType": "manual", "triggerEnabled": "yes"}
    return edited(Draft(top, {name: [] for name in LISTS}), "add", LISTS[0])


def typed(form: Form) -> Draft:
    cells: dict[str, dict[int, Row]] = {name: {} for name in LISTS}
    for name, text in form.items():
        if (found := _CELL.fullmatch(name)) and found[1] in cells:
            cells[found[1]].setdefault(int(found[2]), _empty(found[1]))[found[3]] = text.replace("\r\n", "\n")
    rows = {name: [by_place[place] for place in sorted(by_place)] for name, by_place in cells.items()}
    top = {name: form.text(name) for name in (*_TOP, "triggerEnabled")}
    top["cronExpression"] = top["cronExpression"] or form.text("preset")
    return Draft(top, rows, form.text("version"))


def stored(template: Template, version: int) -> Draft:
    top = {
        "name": template.name,
        "type": template.type,
        "emoji": template.emoji or "",
        "tags": ", ".join(template.tags or []),
        "defaultAssigneeId": template.default_assignee_id or "",
        "triggerType": template.trigger_type or "manual",
        "cronExpression": template.trigger_schedule or "",
        "triggerLeadDays": str(template.trigger_lead_days or 0),
        "triggerEnabled": "" if template.trigger_enabled is False else "yes",
    }
    rows = {name: [_row(name, one) for one in _items(template, name)] for name in LISTS}
    for name in unreadable(template):
        if (found := _CELL.fullmatch(name)) and found[1] in rows and found[3] not in _MARKS:
            rows[found[1]][int(found[2])][found[3]] = ""
    return Draft(top, rows, str(version))


def unreadable(template: Template | None) -> dict[str, str]:
    """What is stored and cannot be read, by the names of this form's fields: what stands in its place is no value."""
    return on_form(template.unreadable or {}) if template else {}


def _items(template: Template, name: str) -> list[JsonObject]:
    models: Sequence[KeptWhole] = {
        "taskDefinitions": template.task_definitions,
        "bundleLinkDefinitions": template.bundle_link_definitions or [],
        "references": template.references or [],
        "phases": template.phases or [],
    }[name]
    return [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in models]


def _row(name: str, item: JsonObject) -> Row:
    if name != "taskDefinitions":
        texts = {field: str(item.get(field) or "") for field in ("id", "name", "url", "stage")}
        return texts | {"was": texts["name"]}
    proof: JsonObject = item.get("proofRequirement") or {}
    return {
        "refId": item["refId"],
        "offsetDays": str(item["offsetDays"]),
        "proofType": proof.get("type", ""),
        "proofLabel": proof.get("label") or "",
        **{field: str(item.get(field) or "") for field in _TASK_TEXTS},
        **{field: "yes" if item.get(field) else "" for field in _TASK_TICKS},
    }


def edited(draft: Draft, act: str, name: str, place: int = 0) -> Draft:
    """A list with a row more, a row less, or a row in another place; to open a row, and anything else, leaves the
    draft as it is."""
    rows = list(draft.rows.get(name, []))
    if name not in LISTS or (act != "add" and place not in range(len(rows))):
        return draft
    match act:
        case "add" if len(rows) < _LONGEST_LIST:
            rows.append(_empty(name) | {"refId": _new_id("task"), "id": _new_id("phase"), "offsetDays": "0"})
        case "remove":
            del rows[place]
        case "up" | "down":
            to = place + (1 if act == "down" else -1)
            if to in range(len(rows)):
                rows[place], rows[to] = rows[to], rows[place]
        case _:
            return draft
    return replace(draft, rows={**draft.rows, name: rows})


def _empty(name: str) -> Row:
    return dict.fromkeys(_TASK_FIELDS if name == LISTS[0] else _NAMED_FIELDS, "")


def _new_id(kind: str) -> str:
    return f"{kind}-{secrets.token_hex(4)}"


def without_empty(draft: Draft) -> Draft:
    """Rows that were added and never filled are not meant; a task always is."""
    kept = {
        name: [row for row in rows if name == LISTS[0] or row.get("name", "").strip() or row.get("url", "").strip()]
        for name, rows in draft.rows.items()
    }
    return replace(draft, rows=kept)


def definition(draft: Draft, template: Template | None) -> JsonObject:
    """The body that the API takes: of ``template`` only what differs, with all that the editor does not show kept.

    Raises BadInput for what only this form can get wrong.
    """
    _check_trigger(draft)
    top = draft.top
    body: JsonObject = {
        "name": top["name"],
        "type": top["type"],
        "taskDefinitions": [],
        "emoji": top["emoji"],
        "tags": [tag.strip() for tag in top["tags"].split(",") if tag.strip()],
        "defaultAssigneeId": top["defaultAssigneeId"],
        "triggerType": top["triggerType"],
        "triggerSchedule": top["cronExpression"],
        "triggerLeadDays": _whole(top["triggerLeadDays"] or "0"),
        "triggerEnabled": top["triggerEnabled"] == "yes",
    }
    for name in LISTS:
        known = _items(template, name) if template else []
        merge = _task if name == LISTS[0] else _named
        body[name] = [merge(name, row, known) for row in draft.rows[name]]
    return _changed(body, template) if template else _given(body)


def _given(body: JsonObject) -> JsonObject:
    return {name: value for name, value in body.items() if value not in ("", []) or name in _NEEDED}


def _check_trigger(draft: Draft) -> None:
    if draft.top["triggerType"] not in ("manual", "automatic"):
        raise BadInput(messages.TRIGGER_TYPE_UNKNOWN, {"triggerType": messages.MUST_BE_A_TRIGGER})
    if draft.top["triggerType"] == "automatic" and not draft.top["cronExpression"]:
        raise BadInput(messages.CRON_REQUIRED, {"cronExpression": messages.IS_REQUIRED_FOR_SCHEDULE})


def _changed(body: JsonObject, template: Template) -> JsonObject:
    now = template.model_dump(mode="json", by_alias=True, exclude_none=True)
    absent: JsonObject = {"triggerType": "manual", "triggerLeadDays": 0, "triggerEnabled": True}
    broken = {_TOP_NAME.split(name, 1)[0] for name in template.unreadable or {}}
    return {
        name: value
        for name, value in body.items()
        if name in broken or value != now.get(name, absent.get(name, type(value)()))
    }


def _task(_: str, row: Row, known: list[JsonObject]) -> JsonObject:
    was = next((one for one in known if one["refId"] == row.get("refId")), _NOTHING)
    ticks = {field: row.get(field) == "yes" for field in _TASK_TICKS}
    item: JsonObject = {
        **was,
        "refId": row.get("refId", ""),
        "offsetDays": _whole(row.get("offsetDays", "")),
        **{field: row.get(field, "").strip() for field in _TASK_TEXTS},
        **{field: tick for field, tick in ticks.items() if tick or field in was},
        "proofRequirement": _proof(row, was.get("proofRequirement", {"required": True})),
    }
    return {field: value for field, value in item.items() if value != "" or field in ("refId", "description")}


def _proof(row: Row, was: JsonObject) -> JsonObject | str:
    """Empty when none is needed."""
    sort, label = row.get("proofType", ""), row.get("proofLabel", "").strip()
    if not sort:
        return ""
    kept = {name: value for name, value in was.items() if name != "label"}
    return {**kept, "type": sort, **({"label": label} if label else {})}


def _named(name: str, row: Row, known: list[JsonObject]) -> JsonObject:
    """Phases are told apart by their ids, links and references by the names they had."""
    mark, sent = ("id", row.get("id")) if name == "phases" else ("name", row.get("was"))
    was = next((one for one in known if sent and one.get(mark) == sent), _NOTHING)
    fields = {"phases": ("id", "name", "stage"), "references": ("name", "url")}.get(name, ("name",))
    item = {**was, **{field: row.get(field, "").strip() for field in fields}}
    return {field: value for field, value in item.items() if value != "" or field == "name"}


def _whole(text: str) -> Any:
    """A number where one was typed; what is none is left to be refused."""
    return int(text) if _WHOLE.fullmatch(text.strip()) else text.strip()


def on_form(fields: Mapping[str, str]) -> dict[str, str]:
    """Refusals by the names of this form's fields."""
    return {_field(name): reason for name, reason in fields.items()}


def _field(name: str) -> str:
    for theirs, ours in _RENAMED:
        name = name.replace(theirs, ours)
    return "tags" if name.startswith("tags[") else name


def label(name: str) -> str:
    """``taskDefinitions[3].offsetDays`` as people read it: ``Task 4, days from the anchor date``."""
    if found := _CELL.match(name):
        row = f"{_ONE_OF.get(found[1], found[1])} {int(found[2]) + 1}"
        return f"{row}, {_ROW_LABELS.get(found[3], found[3])}"
    if (found := _ROW.fullmatch(name)) and found[1] in _ONE_OF:
        return f"{_ONE_OF[found[1]]} {int(found[2]) + 1}"
    return LABELS.get(name.partition("[")[0], "")
