"""Operations Home, and what the schedules will make next."""

import datetime as dt
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from contracts.fields.dates import format_date
from contracts.home import Home
from contracts.runs import ListBundleCards
from contracts.schedule_rows import ListPredicted
from contracts.subjects import GET_HOME, LIST_BUNDLE_CARDS, LIST_PREDICTED
from services.kit.clock import Clock
from services.kit.unavailable import Unavailable
from services.portal.auth.access import OPERATOR
from services.portal.home.filters import Asked, asked_of
from services.portal.http.bodies import query_of
from services.portal.owners import Owners
from services.portal.page import Page
from services.portal.tasks.filters import SOURCES
from services.portal.tasks.next_steps import turn

_OFFERED = 200
_STALE_AFTER = dt.timedelta(minutes=3)


@get("/", opt=OPERATOR)
async def show_home(
    request: Request[Any, Any, Any], owners: NamedDependency[Owners], page: NamedDependency[Page]
) -> Response[str]:
    asked = await asked_of(query_of(request), owners, page.people, page.viewer)
    return home_page(page, await owners.ask(GET_HOME, asked.question), asked)


@get("/coming-up", opt=OPERATOR)
async def show_coming_up(owners: NamedDependency[Owners], page: NamedDependency[Page]) -> Response[str]:
    """What will be made within seven days; as a part of Home it says itself that nobody could tell."""
    if not page.htmx:
        return page("coming_up.html", predicted=await owners.ask(LIST_PREDICTED, ListPredicted()))
    try:
        predicted = await owners.ask(LIST_PREDICTED, ListPredicted())
    except Unavailable:
        predicted = None
    return page("replies/predicted.html", predicted=predicted)


@get("/workflow-choices", opt=OPERATOR)
async def show_workflow_choices(
    request: Request[Any, Any, Any], owners: NamedDependency[Owners], page: NamedDependency[Page]
) -> Response[str]:
    """The active workflows that Home's filter offers, by anchor date, the one that is chosen among them."""
    asked = await asked_of(query_of(request), owners, page.people, page.viewer)
    found = await owners.ask(LIST_BUNDLE_CARDS, ListBundleCards(limit=_OFFERED))
    runs = [card.bundle for card in found.items]
    more = found.after is not None
    return page("parts/workflow_choices.html", runs=runs, chosen=asked.workflow, more=more)


def home_page(
    page: Page, home: Home, asked: Asked, *, status: int = 200, failed: dict[str, str] | None = None
) -> Response[str]:
    """``failed`` is a refusal on the form of an automation failure."""
    today = home.due_today.model_copy(update={"rows": sorted(home.due_today.rows, key=turn)})
    return page(
        "home.html",
        status=status,
        home=home.model_copy(update={"due_today": today}),
        title=_title(home),
        today_in_full=format_date(home.today),
        tomorrow=home.today + dt.timedelta(days=1),
        in_a_week=home.today + dt.timedelta(days=7),
        asked=asked,
        sources=SOURCES,
        here=asked.address(),
        failed=failed,
        no_tick=_no_tick(home),
        held_uploads=page.held_uploads,
    )


def _title(home: Home) -> str:
    """The tab says what is most pressing, so that a glance at it is enough."""
    if home.failures:
        return f"({home.failure_count}) Failures · Operations Home"
    if home.overdue.count:
        return f"({home.overdue.count}) Overdue · Operations Home"
    return "Operations Home"


def _no_tick(home: Home) -> bool:
    """Nobody else would notice a scheduler that is gone. Ticks are in real time."""
    return home.last_tick_at is None or Clock.wall() - home.last_tick_at > _STALE_AFTER
