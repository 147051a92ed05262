"""Operations Home over JSON."""

from litestar import get
from litestar.di import NamedDependency

from contracts.home import Home
from contracts.subjects import GET_HOME
from contracts.values import Model
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.home.filters import asked_of
from services.portal.owners import Owners
from services.portal.store import PortalStore


class HomeQuestion(Model):
    """The filters of the page, by the same names."""

    scope: str | None = None
    assignee: str | None = None
    tag: str | None = None
    workflow: str | None = None
    source: str | None = None
    q: str | None = None


class HomeReply(Model):
    home: Home


@get(
    "/api/home",
    opt=OPERATOR,
    summary="Operations Home at this instant; the filters are for its sections of tasks",
)
async def show_home_view(
    question: NamedDependency[HomeQuestion],
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
) -> HomeReply:
    """The sections of Operations Home, each with its rows and their count: failures, overdue, due today, follow-ups,
    workflows at risk and active ones. Failures and workflows are not filtered."""
    filters = {name: value for name, value in question if value}
    asked = await asked_of(filters, owners, await store.users(), viewer)
    return HomeReply(home=await owners.ask(GET_HOME, asked.question))
