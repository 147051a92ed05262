"""Generating for a range of dates, and what came of it."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect
from pydantic import ValidationError

from contracts.generation import Generate
from contracts.schedules import ScheduleFeed
from contracts.subjects import SCHEDULE_FEED
from contracts.values import Kind
from services.kit.clock import Clock
from services.kit.refused import Refused
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.formatting.words import capital
from services.portal.http.bodies import bad_input, query_of
from services.portal.http.errors import BadInput, raise_unexpected
from services.portal.http.forms import Form
from services.portal.owners import Owners
from services.portal.page import Page
from services.portal.schedules import messages
from services.portal.schedules.generations import State, preview
from services.portal.schedules.list_pages import recurring_page
from services.portal.schedules.long_generations import LongGenerations
from services.portal.store import PortalStore

_STALLED_AFTER = dt.timedelta(minutes=1)


@post("/generations", opt=OPERATOR, status_code=200)
async def create_generation(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
    generations: NamedDependency[LongGenerations],
) -> Response[str] | Redirect:
    """Sent again it makes nothing twice: the second result only counts what is already there. With ``preview`` it
    only leads to what would be made."""
    try:
        command = _command(form, viewer)
    except BadInput as error:
        return await _unusable(owners, page, form, error)
    if form.text("preview"):
        asked = {name: form.text(name) for name in ("startDate", "endDate", "schedule") if form.text(name)}
        return Redirect(f"/generations/preview?{urlencode(asked)}", status_code=303)
    titles = await _titles(owners)
    try:
        result = await generations.start(command, titles)
    except Refused as error:
        return await _refused(owners, page, form, error)
    details = {"generation": result.id, "start_date": str(result.start_date), "end_date": str(result.end_date)}
    await store.audit("generation", at=Clock.wall(), actor=viewer.user.id, details=details)
    return Redirect(f"/generations/{result.id}", status_code=303)


@get("/generations/preview", opt=OPERATOR)
async def show_preview(
    request: Request[Any, Any, Any],
    owners: NamedDependency[Owners],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
) -> Response[str]:
    """What a generation would make, and the question whether it shall."""
    form = Form(query_of(request))
    try:
        command = _command(form, viewer)
    except BadInput as error:
        return await _unusable(owners, page, form, error)
    try:
        found = await preview(owners, command)
    except Refused as error:
        return await _refused(owners, page, form, error)
    return page("preview.html", preview=found, command=command, form=form)


@get("/generations/{generation_id:str}", opt=OPERATOR)
async def show_generation(
    store: NamedDependency[PortalStore], page: NamedDependency[Page], generation_id: FromPath[str]
) -> Response[str]:
    result = await store.generation(generation_id)
    if result is None:
        raise NotFoundException
    stalled = result.state is State.RUNNING and Clock.wall() - result.at > _STALLED_AFTER
    going_on = result.state is State.RUNNING and not stalled
    # The page without script asks again by itself; one with script does the same.
    headers = {"refresh": "2"} if going_on else None
    return page("generation.html", headers=headers, result=result, going_on=going_on)


async def _unusable(owners: Owners, page: Page, form: Form, error: BadInput) -> Response[str]:
    problems = error.fields or {"": _in_words_of_the_form(str(error))}
    return await recurring_page(owners, page, status=422, problems=problems, form=form)


async def _refused(owners: Owners, page: Page, form: Form, error: Refused) -> Response[str]:
    raise_unexpected(error)
    return await recurring_page(owners, page, status=409, problems={"": str(error)}, form=form)


def _in_words_of_the_form(message: str) -> str:
    return capital(message.replace("startDate", "the first day").replace("endDate", "the last day"))


def _command(form: Form, viewer: Viewer) -> Generate:
    """``schedule`` is empty for all that are active, or ``<kind>:<id>``. Raises BadInput."""
    asked: dict[str, Any] = {"actor": viewer.user.id}
    asked |= {name: form.text(name) for name in ("startDate", "endDate") if form.text(name)}
    kind, _, source_id = form.text("schedule").partition(":")
    if kind and kind not in set(Kind):
        raise BadInput(messages.SCHEDULE_UNKNOWN, {"schedule": messages.CHOOSE_SCHEDULE})
    if kind:
        asked |= {"kinds": (kind,), "sourceIds": [source_id]}
    try:
        return Generate.model_validate(asked, by_alias=True, by_name=False)
    except ValidationError as error:
        raise bad_input(error) from None


async def _titles(owners: Owners) -> dict[str, str]:
    """Of all schedules, by id: from the feed, because the list of their rows reads the whole ledger."""
    return {
        one.source_id: one.title async for found in owners.pages(SCHEDULE_FEED, ScheduleFeed()) for one in found.items
    }
