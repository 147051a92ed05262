"""What people do to a system, at random: commands of the domain about whatever is there by then."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from contracts import subjects
from contracts.subjects import Request
from contracts.values import Kind, Stage
from services.kit.refused import Refused
from tests.system import System

TEXTS = (
    "Publish the page",
    "Übergabe an Zoë 🎙",
    "password: correct-horse-battery",
    "see https://files.example.org/a.pdf?token=0123456789abcdef0123 first",
    "a\u200bb and \u202ertl",
    '=1+1 <b>bold</b> \\u0041 "quoted"',
    "long " * 60,
    "not needed",
)
LINKS = ("https://example.org/page", "https://example.org/x?X-Amz-Signature=0123456789abcdef", "")
DATES = ("2028-01-20", "2028-02-01", "2028-02-02", "2028-02-29", "2028-03-31")
PEOPLE = ("user-grace", "portal-admin", "")

texts, links, dates, people = map(st.sampled_from, (TEXTS, LINKS, DATES, PEOPLE))
refs = st.lists(st.sampled_from(({"artifactId": "gone"}, {"artifactId": "gone-too", "title": "x"})), max_size=2)
proofs = st.fixed_dictionaries(
    {"type": st.sampled_from(("url", "file", "artifact", "comment", "external-status"))},
    optional={"label": st.just("Proof"), "required": st.booleans()},
)
metadata = st.dictionaries(
    st.sampled_from(("pages", "note", "deep")), st.one_of(st.integers(-5, 5), texts, st.floats(0, 9))
)
closures = st.sampled_from(
    ({"skipClosure": {"allowedStatuses": ["not needed"]}}, {"requiredBundleLinks": ["Page"]}, "Ask the sponsor")
)
duty = {
    "systems": st.lists(st.sampled_from(("Slack", "Luma", "")), max_size=2),
    "required_link_name": st.sampled_from(("Page", "")),
    "requires_file": st.booleans(),
    "proof_requirement": proofs,
    "instructions": texts,
}
references = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from(("Page", "Luma"))}, optional={"url": links}), max_size=2
)
definitions = st.lists(
    st.fixed_dictionaries(
        {"description": texts, "offset_days": st.integers(-9, 9)},
        optional={
            **duty,
            "validation": closures,
            "assignee_id": people,
            "stage_on_complete": st.sampled_from(Stage),
            "artifact_refs": refs,
            "custom": texts,
        },
    ),
    min_size=1,
    max_size=3,
).map(lambda steps: [{**step, "ref_id": f"step-{number}"} for number, step in enumerate(steps)])
task_fields = {
    **duty,
    "assignee_id": people,
    "comment": texts,
    "link": links,
    "tags": st.lists(st.sampled_from(("a", "b", "")), max_size=2),
    "validation": closures,
    "artifact_refs": refs,
    "source": st.sampled_from(("email", "recurring", "template", "banana", "")),
    "template_id": st.just("nothing"),
    "external_status": texts,
}


@dataclass
class Known:
    """Ids of what there is, by what it is."""

    ids: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def pick(self, what: str, number: int) -> str:
        found = self.ids.get(what, [])
        return found[number % len(found)] if found else "nothing"


@dataclass(frozen=True)
class Move:
    """``about``: of which of the known things the command is; ``number`` chooses one."""

    request: Request[Any, Any]
    body: dict[str, Any]
    about: tuple[str, str] | None = None
    within: tuple[str, str] | None = None
    number: int = 0

    async def make(self, system: System, known: Known) -> None:
        """A refusal is an answer; a bug is not."""
        body = dict(self.body)
        for place in (self.about, self.within):
            if place is not None:
                body[place[0]] = known.pick(place[1], self.number)
        try:
            view = await system.ask(self.request, self.request.request.model_validate(body))
        except Refused as error:
            if error.refusal.code == "internal":
                raise
            return
        _learn(known, self.request, view)


def _learn(known: Known, request: Request[Any, Any], view: Any) -> None:
    def add(what: str, *ids: str) -> None:
        known.ids.setdefault(what, []).extend(ids)

    match request.subject:
        case "dataops.work.recurring.create":
            add("config", view.id)
        case "dataops.work.template.create":
            add("template", view.id)
        case "dataops.work.bundle.create":
            add("bundle", view.bundle.id)
            add("task", *(view.task_ids or ()))
        case "dataops.work.task.create":
            add("task", view.task.id)
        case "dataops.work.windows.generate":
            add("task", *(task.id for task in view.tasks))
            add("bundle", *(bundle.id for bundle in view.bundles))
        case "dataops.work.file.add":
            add("file", view.id)
        case "dataops.work.artifact.add":
            add("artifact", view.id)
        case _:
            pass


def _move(
    request: Request[Any, Any],
    required: dict[str, Any],
    optional: dict[str, Any] | None = None,
    *,
    about: tuple[str, str] | None = None,
    within: tuple[str, str] | None = None,
    wrapped: str | None = None,
) -> st.SearchStrategy[Move]:
    def made(body: dict[str, Any], number: int) -> Move:
        return Move(request, {wrapped: body} if wrapped else body, about, within, number)

    return st.builds(made, st.fixed_dictionaries(required, optional=optional or {}), st.integers(0, 50))


_TASK, _BUNDLE, _CONFIG, _TEMPLATE = ("id", "task"), ("id", "bundle"), ("id", "config"), ("id", "template")
_UNTIL = {"follow_up_at": st.sampled_from(("2028-02-09", "2028-02-09T10:00:00+01:00"))}
_ARTIFACT = {
    "status": st.sampled_from(("draft", "approved", "rejected", "archived")),
    "metadata": metadata,
    "checksum": st.just("sha256:0"),
}
_CREATIONS = (
    _move(
        subjects.CREATE_RECURRING,
        {"description": texts, "cron_expression": st.sampled_from(("0 9 * * *", "0 9 * * 1"))},
        {**duty, "assignee_id": people, "enabled": st.booleans()},
    ),
    _move(
        subjects.CREATE_TEMPLATE,
        {"name": texts, "type": st.just("webinar"), "task_definitions": definitions},
        {
            "emoji": st.just("🎙"),
            "default_assignee_id": people,
            "trigger_type": st.just("automatic"),
            "trigger_schedule": st.just("0 9 * * 3"),
            "trigger_lead_days": st.integers(0, 9),
            "bundle_link_definitions": st.just([{"name": "Page"}]),
            "references": references,
        },
    ),
    _move(
        subjects.CREATE_BUNDLE,
        {"anchor_date": dates, "title": texts},
        {"description": texts, "bundle_links": references, "artifact_refs": refs},
        within=("template_id", "template"),
    ),
    _move(subjects.CREATE_TASK, {"description": texts, "date": dates}, task_fields),
    _move(subjects.GENERATE, {"start_date": st.just("2028-01-25"), "end_date": st.just("2028-02-03")}),
    _move(
        subjects.ADD_ARTIFACT,
        {"type": st.just("report"), "title": texts, "storage_uri": st.just("https://example.org/doc")},
        _ARTIFACT,
        wrapped="artifact",
    ),
)
_CHANGES = (
    _move(subjects.UPDATE_TASK, {}, {**task_fields, "date": dates}, about=_TASK, wrapped="changes"),
    _move(subjects.COMPLETE_TASK, {}, {"link": links, "comment": texts, "external_status": texts}, about=_TASK),
    _move(subjects.COMPLETE_TASK, {"comment": st.just("not needed"), "link": st.just(LINKS[0])}, about=_TASK),
    _move(subjects.COMPLETE_TASK, {"comment": st.just("not needed")}, about=_TASK),
    _move(subjects.REOPEN_TASK, {}, about=_TASK),
    _move(subjects.MARK_WAITING, {"waiting_for": st.just("Paul"), "note": texts, **_UNTIL}, about=_TASK),
    _move(subjects.RECEIVE_RESPONSE, {}, about=_TASK),
    _move(subjects.DELETE_TASK, {}, about=_TASK),
    _move(
        subjects.UPDATE_BUNDLE,
        {},
        {"title": texts, "bundle_links": references, "artifact_refs": refs},
        about=_BUNDLE,
        wrapped="changes",
    ),
    _move(subjects.CHANGE_STAGE, {"stage": st.sampled_from(Stage)}, about=_BUNDLE),
    _move(subjects.ARCHIVE_BUNDLE, {}, about=_BUNDLE),
    _move(subjects.RESTORE_BUNDLE, {}, about=_BUNDLE),
    _move(subjects.DELETE_BUNDLE, {}, about=_BUNDLE),
    _move(
        subjects.UPDATE_RECURRING,
        {},
        {"description": texts, "cron_expression": st.just("30 8 * * *"), "enabled": st.booleans()},
        about=_CONFIG,
        wrapped="changes",
    ),
    _move(
        subjects.PAUSE_SCHEDULE,
        {"kind": st.just(Kind.RECURRING)},
        {"reason": texts, "until": st.just("2028-04-01")},
        about=_CONFIG,
    ),
    _move(subjects.RESUME_SCHEDULE, {"kind": st.just(Kind.RECURRING)}, about=_CONFIG),
    _move(subjects.ARCHIVE_SCHEDULE, {"kind": st.just(Kind.TEMPLATE)}, about=_TEMPLATE),
    _move(subjects.RESTORE_SCHEDULE, {"kind": st.just(Kind.TEMPLATE)}, about=_TEMPLATE),
    _move(subjects.DELETE_RECURRING, {}, about=_CONFIG),
    _move(
        subjects.UPDATE_TEMPLATE,
        {},
        {"name": texts, "task_definitions": definitions, "trigger_enabled": st.booleans()},
        about=_TEMPLATE,
        wrapped="changes",
    ),
    _move(subjects.DELETE_TEMPLATE, {}, about=_TEMPLATE),
    _move(
        subjects.ADD_FILE,
        {
            "id": st.uuids(version=4).map(str),
            "filename": texts.map(lambda text: text[:100]),
            "content_type": st.just("application/pdf"),
            "checksum": st.just(f"sha256:{'0' * 64}"),
            "size_bytes": st.integers(1, 9),
        },
        about=("task_id", "task"),
    ),
    _move(subjects.DELETE_FILE, {}, about=("id", "file")),
    _move(subjects.UPDATE_ARTIFACT, {}, {**_ARTIFACT, "title": texts}, about=("id", "artifact"), wrapped="changes"),
    _move(subjects.ATTACH_ARTIFACT, {}, about=("id", "artifact"), within=("task_id", "task")),
    _move(subjects.ATTACH_ARTIFACT, {}, about=("id", "artifact"), within=("bundle_id", "bundle")),
)
_SKIPPABLE = {"skipClosure": {"allowedStatuses": ["not needed"]}}
_WITH_PROOF = {
    "required_link_name": "Page",
    "requires_file": True,
    "proof_requirement": {"type": "url", "label": "Page"},
}
_BY_RUN = {"proof_requirement": {"type": "artifact"}}
USUAL = (
    # A step that is proved by what only its run lists, and one that was skipped: rare when left to chance.
    Move(subjects.CREATE_BUNDLE, {"anchor_date": "2028-02-09", "title": "Webinar"}),
    Move(
        subjects.ADD_ARTIFACT,
        {"artifact": {"type": "report", "title": "Page", "storage_uri": LINKS[0], "status": "approved"}},
    ),
    Move(subjects.ATTACH_ARTIFACT, {}, about=("id", "artifact"), within=("bundle_id", "bundle")),
    Move(
        subjects.CREATE_TASK,
        {"description": "Publish", "date": "2028-02-09", **_BY_RUN},
        within=("bundle_id", "bundle"),
    ),
    Move(subjects.COMPLETE_TASK, {}, about=("id", "task"), number=0),
    Move(
        subjects.CREATE_TASK,
        {"description": "Invite", "date": "2028-02-09", "validation": _SKIPPABLE, **_WITH_PROOF},
    ),
    Move(subjects.COMPLETE_TASK, {"comment": "not needed"}, about=("id", "task"), number=1),
)
lives = st.tuples(
    st.lists(st.one_of(*_CREATIONS), min_size=10, max_size=16),
    st.lists(st.one_of(*_CHANGES, *_CREATIONS), min_size=30, max_size=60),
).map(lambda both: [*USUAL, *both[0], *both[1]])
