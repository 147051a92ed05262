"""What every page of a signed-in viewer is made with."""

from typing import Any

from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.response import Redirect

from services.kit.clock import Clock
from services.kit.settings import Settings
from services.portal.access import User, Viewer
from services.portal.rendering import Renderer
from services.portal.store import PortalStore
from services.portal.words import Words


class Page:
    """Renders templates for one viewer at one instant. ``htmx`` says that only a part of the page was asked for."""

    def __init__(self, *, render: Renderer, viewer: Viewer, people: list[User], words: Words, htmx: bool) -> None:
        self._render = render
        self.viewer = viewer
        self.people = people
        self.words = words
        self.htmx = htmx

    def __call__(
        self, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **context: Any
    ) -> Response[str]:
        text = self._render(template, viewer=self.viewer, words=self.words, **context)
        return Response(text, media_type="text/html", status_code=status, headers=headers)


async def provide_page(
    request: Request[Any, Any, Any],
    renderer: NamedDependency[Renderer],
    store: NamedDependency[PortalStore],
    settings: NamedDependency[Settings],
    clock: NamedDependency[Clock],
) -> Page:
    """Takes the notice that an earlier request left, to be shown this once."""
    viewer: Viewer = request.user
    people = await store.users()
    words = Words(zone=settings.zone, now=clock.now(), viewer=viewer.user, people=people)
    htmx = request.headers.get("hx-request") == "true"
    if viewer.notice and request.method == "GET":
        await store.leave_notice(viewer.session, None)
    return Page(render=renderer, viewer=viewer, people=people, words=words, htmx=htmx)


async def see_other(store: PortalStore, viewer: Viewer, path: str, notice: str) -> Redirect:
    """After a change: the page again, with a sentence on what happened."""
    await store.leave_notice(viewer.session, notice)
    return Redirect(path, status_code=303)
