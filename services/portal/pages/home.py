"""Operations Home."""

import datetime as dt
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from contracts.queries import GetHome
from contracts.subjects import GET_HOME
from contracts.views import Home
from services.kit.clock import Clock
from services.portal.access import OPERATOR, others
from services.portal.owners import Owners
from services.portal.page import Page
from services.portal.words import day_in_full

_STALE_AFTER = dt.timedelta(minutes=3)
EVERYONE = "everyone"


@get("/", opt=OPERATOR)
async def show_home(
    request: Request[Any, Any, Any], owners: NamedDependency[Owners], page: NamedDependency[Page]
) -> Response[str]:
    everyone = request.query_params.get("scope") == EVERYONE
    return home_page(page, await ask_home(owners, page, everyone=everyone), everyone=everyone)


async def ask_home(owners: Owners, page: Page, *, everyone: bool) -> Home:
    left_out = [] if everyone else others(page.people, page.viewer)
    return await owners.view(GET_HOME, GetHome(others=left_out, viewer_id=page.viewer.user.id))


def home_page(
    page: Page,
    home: Home,
    *,
    everyone: bool,
    status: int = 200,
    failed: dict[str, str] | None = None,
) -> Response[str]:
    """``failed`` is a refusal on the form of an automation failure."""
    return page(
        "home.html",
        status=status,
        home=home,
        title=_title(home),
        today_in_full=day_in_full(home.today),
        everyone=everyone,
        here="/?scope=everyone" if everyone else "/",
        failed=failed,
        no_tick=_no_tick(home),
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
