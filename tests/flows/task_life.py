"""What people do to tasks and the runs that they belong to, at random, and what the export says of both."""

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from contracts import subjects
from contracts.subjects import Refusal, Request
from contracts.tasks import UndoChange
from contracts.transfer.export_records import Entity, Record
from contracts.transfer.exports import ChooseSnapshot, ExportRecords
from services.kit.refused import Refused
from tests.system import System

Records = dict[tuple[Entity, str], Record]
_LINKS = ("https://example.org/a", "https://example.org/b", "")
_TEXTS = ("not needed", "Sent\nto Ada", "Sent\n\n\nto Ada and Ben", "Sent\n", "")
_RUNS = ("run-0", "run-1", "")
_PROOFS = tuple({"type": kind, "label": "Page"} for kind in ("url", "file", "comment", "external-status"))
_CLOSURES = ({"skipClosure": {"allowedStatuses": ["not needed"]}}, {"requiredBundleLinks": ["Page"]})
_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "description": st.sampled_from(("Publish the page", "Invite")),
    "date": st.sampled_from(("2028-01-20", "2028-02-02", "2028-02-29")),
    "comment": st.sampled_from((*_TEXTS, None)),
    "link": st.sampled_from((*_LINKS, None)),
    "waiting_for": st.sampled_from(("Paul", "")),
    "follow_up_at": st.sampled_from(("2028-02-09", "2028-02-09T10:00:00+01:00", "")),
    "external_status": st.sampled_from(("sent", "not needed", "")),
    "required_link_name": st.sampled_from(("Page", "Luma", "", None)),
    "requires_file": st.booleans(),
    "proof_requirement": st.sampled_from(_PROOFS),
    "validation": st.sampled_from((*_CLOSURES, "Ask the sponsor")),
    "tags": st.sampled_from((["a"], ["b", "a"], [])),
    "systems": st.sampled_from((["Luma"], [])),
    "assignee_id": st.sampled_from(("user-grace", "")),
    "source": st.sampled_from(("email", "banana")),
    "status": st.sampled_from(("todo", "waiting", "done", "archived")),
    "bundle_id": st.sampled_from(_RUNS),
}


@dataclass(frozen=True)
class Act:
    """A command about the task with a number. ``kept``: once it was taken back and that was looked at, it is made
    again, for the next act to build on."""

    request: Request[Any, Any]
    body: dict[str, Any]
    number: int
    kept: bool


@dataclass(frozen=True)
class World:
    """Ids of the tasks, and of the runs and of a person by the name that acts call them by."""

    tasks: list[str]
    named: dict[str, str]

    def command(self, act: Act) -> Any:
        id = self.tasks[act.number % len(self.tasks)]
        body = {"id": id, "actor": self.named["ada"], **act.body}
        if "bundle_id" in (changes := body.get("changes", {})):
            body["changes"] = {**changes, "bundle_id": self.named.get(changes["bundle_id"], changes["bundle_id"])}
        return act.request.request.model_validate(body)


def _act(request: Request[Any, Any], body: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[Act]:
    return st.builds(Act, st.just(request), body, st.integers(0, 7), st.booleans())


def _edit(optional: tuple[str, ...], **required: Any) -> st.SearchStrategy[Act]:
    fields = st.fixed_dictionaries(
        {name: st.just(value) for name, value in required.items()},
        optional={name: _FIELDS[name] for name in optional},
    )
    return _act(subjects.UPDATE_TASK, fields.map(lambda changes: {"changes": changes}))


_NOTE = st.sampled_from(("not needed", "Mailed", "Two\nlines"))
_UNTIL = _FIELDS["follow_up_at"].filter(bool)
_WAITING = {"waiting_for": "Paul", "follow_up_at": "2028-02-09", "comment": "Asked Paul"}
acts = st.one_of(
    _edit(tuple(_FIELDS)),
    _edit(("required_link_name", "link", "bundle_id")),
    _edit(("date", "link"), status="archived"),
    _edit(("comment", "requires_file"), status="done"),
    _edit((), status="todo"),
    _edit((), status="waiting", **_WAITING),
    _act(
        subjects.COMPLETE_TASK,
        st.fixed_dictionaries({}, optional={"link": st.just(_LINKS[0]), "comment": _NOTE, "external_status": _NOTE}),
    ),
    _act(subjects.COMPLETE_TASK, st.just({"link": _LINKS[1], "comment": "not needed", "external_status": "sent"})),
    _act(subjects.REOPEN_TASK, st.just({})),
    _act(
        subjects.MARK_WAITING,
        st.fixed_dictionaries({"waiting_for": st.just("Paul"), "follow_up_at": _UNTIL, "note": _NOTE}),
    ),
    _act(subjects.SEND_FOLLOW_UP, st.fixed_dictionaries({"follow_up_at": _UNTIL}, optional={"note": _NOTE})),
    _act(subjects.SNOOZE_FOLLOW_UP, st.fixed_dictionaries({"follow_up_at": _UNTIL, "reason": _NOTE})),
    _act(subjects.RECEIVE_RESPONSE, st.fixed_dictionaries({}, optional={"note": _NOTE})),
    _act(subjects.ADD_COMMENT, st.fixed_dictionaries({"text": _NOTE})),
)
lives = st.lists(acts, min_size=25, max_size=45)


async def exported(system: System, world: World) -> Records:
    """Every task and run as an export has it, but for the version and the time of its last change."""
    instant = (await system.ask(subjects.CHOOSE_SNAPSHOT, ChooseSnapshot())).cluster_time
    found: Records = {}
    for entity in (Entity.TASKS, Entity.BUNDLES):
        question = ExportRecords(entity=entity, cluster_time=instant, users=[world.named["ada"]])
        for line in (await system.ask(subjects.EXPORT_WORK, question)).lines.splitlines():
            record: Record = json.loads(line)
            plain = {name: value for name, value in record.items() if name not in ("version", "updated_at")}
            found[entity, record[entity.id_field]] = plain
    return found


async def make(system: System, world: World, act: Act) -> bool:
    """Whether it was carried out: a refusal is an answer, a bug is not."""
    try:
        await system.ask(act.request, world.command(act))
    except Refused as error:
        if error.refusal.code == "internal":
            raise
        return False
    return True


async def take_back(system: System, world: World, act: Act) -> Refusal | None:
    undo = UndoChange(id=world.tasks[act.number % len(world.tasks)], actor=world.named["ada"])
    try:
        await system.ask(subjects.UNDO_CHANGE, undo)
    except Refused as error:
        return error.refusal
    return None
