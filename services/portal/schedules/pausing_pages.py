"""Pausing and resuming a schedule from its row, wherever the row stands."""

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from pydantic import ValidationError

from contracts.schedule_rows import PauseSchedule, ResumeSchedule, ScheduleQuestion, ScheduleRow
from contracts.subjects import GET_SCHEDULE, PAUSE_SCHEDULE, RESUME_SCHEDULE
from contracts.values import Kind
from services.kit.refused import Refused
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.formatting.words import Words
from services.portal.http.bodies import bad_input
from services.portal.http.errors import raise_unexpected
from services.portal.http.forms import Form, key_of, local_path
from services.portal.owners import Owners
from services.portal.page import Page, see_other
from services.portal.schedules import messages
from services.portal.schedules.list_pages import kind_of, recurring_page, tab
from services.portal.schedules.pages import schedule_page
from services.portal.store import PortalStore

_LABELS = {"reason": "Reason", "until": "Until"}


@post("/schedules/{kind:str}/{schedule_id:str}/pause", opt=OPERATOR, status_code=200)
async def pause_schedule(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
    kind: FromPath[str],
    schedule_id: FromPath[str],
) -> Response[str] | Redirect:
    """One that is paused already keeps its reason; a person who gave another one is told and sees whose stands."""
    of = kind_of(kind)
    key = key_of(form, viewer.user.id, f"pause {schedule_id}")
    ours = {"actor": viewer.user.id, "key": key, "kind": of, "id": schedule_id}
    typed = {name: form.text(name) or None for name in _LABELS}
    try:
        command = PauseSchedule.model_validate(ours | typed)
    except ValidationError as error:
        return await _refused(owners, page, form, await _row(owners, of, schedule_id), _named(bad_input(error).fields))
    try:
        row = await owners.ask(PAUSE_SCHEDULE, command)
    except Refused as error:
        return await _refusal(owners, page, form, command, error)
    if reason := _already_paused(page.words, command, row):
        return await _refused(owners, page, form, row, reason, status=409)
    return await _changed(store, page, form, row, messages.paused(row.title))


@post("/schedules/{kind:str}/{schedule_id:str}/resumption", opt=OPERATOR, status_code=200)
async def resume_schedule(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
    kind: FromPath[str],
    schedule_id: FromPath[str],
) -> Response[str] | Redirect:
    key = key_of(form, viewer.user.id, f"resume {schedule_id}")
    command = ResumeSchedule(actor=viewer.user.id, key=key, kind=kind_of(kind), id=schedule_id)
    try:
        row = await owners.ask(RESUME_SCHEDULE, command)
    except Refused as error:
        return await _refusal(owners, page, form, command, error)
    return await _changed(store, page, form, row, messages.resumed(row.title))


def _named(fields: dict[str, str]) -> str:
    """What is wrong, by the labels of the form."""
    return "; ".join(f"{_LABELS.get(name, name)} {reason}" for name, reason in fields.items())


def _already_paused(words: Words, command: PauseSchedule, row: ScheduleRow) -> str | None:
    """Whose pause stands instead of the one that was asked for, None when it is that one."""
    stands = row.revision
    if (stands.by, stands.reason, row.paused_until) == (command.actor, command.reason, command.until):
        return None
    before = messages.already_paused(words.actor(stands.by), words.moment(stands.since))
    if command.until is None or command.until != row.paused_until:
        return messages.nothing_changed(before)
    return messages.paused_longer(before, words.day(command.until))


async def _refusal(
    owners: Owners, page: Page, form: Form, command: PauseSchedule | ResumeSchedule, error: Refused
) -> Response[str]:
    raise_unexpected(error)
    problem = _named(error.refusal.fields) or str(error)
    status = 422 if error.refusal.code == "invalid" else 409
    return await _refused(owners, page, form, await _row(owners, command.kind, command.id), problem, status=status)


async def _refused(
    owners: Owners, page: Page, form: Form, row: ScheduleRow, problem: str, *, status: int = 422
) -> Response[str]:
    """The row with the reason on it and what was typed; without script on the page that it was on."""
    here = _return_path(form, row)
    if page.htmx:
        return page("parts/schedule_row.html", status=status, row=row, problem=problem, form=form, here=here)
    if here == f"/recurring/{row.kind}/{row.id}":
        return await schedule_page(owners, page, row.kind, row.id, refused=(status, problem), form=form)
    problems = {row.id: problem}
    return await recurring_page(
        owners, page, row.kind, archived=row.archived, status=status, problems=problems, form=form
    )


async def _changed(
    store: PortalStore, page: Page, form: Form, row: ScheduleRow, words: str
) -> Response[str] | Redirect:
    """The row again for htmx; else the page that it was on, with what happened."""
    here = _return_path(form, row)
    if page.htmx:
        return page("parts/schedule_row.html", row=row, problem=None, form=Form(), here=here)
    return await see_other(store, page.viewer, here, words)


def _return_path(form: Form, row: ScheduleRow) -> str:
    return local_path(form.text("back")) if form.text("back") else tab(row.kind)


async def _row(owners: Owners, kind: Kind, schedule_id: str) -> ScheduleRow:
    return await owners.ask(GET_SCHEDULE, ScheduleQuestion(kind=kind, id=schedule_id))
