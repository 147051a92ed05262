"""Generating for a range of dates, and what came of it."""

import datetime as dt
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect
from pydantic import ValidationError

from contracts.commands import Generate
from contracts.queries import ListSchedules
from contracts.subjects import LIST_SCHEDULES, Refused
from contracts.values import Kind
from services.kit.clock import Clock
from services.portal.access import OPERATOR, Viewer
from services.portal.api.bodies import bad_input
from services.portal.errors import BadInput, RefusedByOwner
from services.portal.forms import Form
from services.portal.generations import generate, summed_up
from services.portal.owners import Owners
from services.portal.page import Page
from services.portal.pages.recurring import recurring_page
from services.portal.store import PortalStore
from services.portal.words import capital

_KEPT = dt.timedelta(days=30)


@post("/generations", opt=OPERATOR, status_code=200)
async def create_generation(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
) -> Response[str] | Redirect:
    """Sent again it makes nothing twice: the second result only counts what is already there."""
    try:
        command = _command(form, viewer)
    except BadInput as error:
        problems = error.fields or {"": _in_words_of_the_form(str(error))}
        return await recurring_page(owners, page, status=422, problems=problems, form=form)
    pages = await generate(owners, command)
    if isinstance(pages, Refused):
        if pages.code in ("not_found", "internal"):
            raise RefusedByOwner(pages)
        return await recurring_page(owners, page, status=409, problems={"": pages.message}, form=form)
    now = Clock.wall()
    result = summed_up(command, pages, at=now, titles=await _titles(owners))
    await store.keep_generation(result, until=now + _KEPT)
    details = {"generation": result.id, "start_date": str(result.start_date), "end_date": str(result.end_date)}
    await store.audit("generation", at=now, actor=viewer.user.id, details=details)
    return Redirect(f"/generations/{result.id}", status_code=303)


@get("/generations/{generation_id:str}", opt=OPERATOR)
async def show_generation(
    store: NamedDependency[PortalStore], page: NamedDependency[Page], generation_id: FromPath[str]
) -> Response[str]:
    result = await store.generation(generation_id)
    if result is None:
        raise NotFoundException
    return page("generation.html", result=result)


def _in_words_of_the_form(message: str) -> str:
    return capital(message.replace("startDate", "the first day").replace("endDate", "the last day"))


def _command(form: Form, viewer: Viewer) -> Generate:
    """``schedule`` is empty for all that are active, or ``<kind>:<id>``. Raises BadInput."""
    asked: dict[str, Any] = {"actor": viewer.user.id}
    asked |= {name: form.text(name) for name in ("startDate", "endDate") if form.text(name)}
    kind, _, source_id = form.text("schedule").partition(":")
    if kind and kind not in set(Kind):
        raise BadInput("schedule is unknown", {"schedule": "Choose a schedule of the list"})
    if kind:
        asked |= {"kinds": (kind,), "sourceIds": [source_id]}
    try:
        return Generate.model_validate(asked, by_alias=True, by_name=False)
    except ValidationError as error:
        raise bad_input(error) from None


async def _titles(owners: Owners) -> dict[str, str]:
    return {row.id: row.title async for found in owners.pages(LIST_SCHEDULES, ListSchedules()) for row in found.items}
