"""Operations Home over JSON."""

from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.di import NamedDependency

from contracts.subjects import GET_HOME
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.home.filters import asked_of
from services.portal.http.bodies import query_of, shown_text
from services.portal.owners import Owners
from services.portal.store import PortalStore


@get("/api/home", opt=OPERATOR)
async def show_home_view(
    request: Request[Any, Any, Any],
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
) -> Response[bytes]:
    """With the filters of the page, by the same names."""
    asked = await asked_of(query_of(request), owners, await store.users(), viewer)
    home = await owners.ask(GET_HOME, asked.question)
    return Response(f'{{"home":{shown_text(home)}}}'.encode(), media_type=MediaType.JSON)
