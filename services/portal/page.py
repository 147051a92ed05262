"""What every page of a signed-in viewer is made with."""

from typing import Any

from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.response import Redirect

from contracts.notifications import CountUnread
from contracts.subjects import COUNT_UNREAD
from services.kit.clock import Clock
from services.kit.refused import Refused
from services.kit.settings import Settings
from services.kit.unavailable import Unavailable
from services.portal.auth.access import BACKGROUND, Undo, User, Viewer, others
from services.portal.files.sweep import UploadSweep
from services.portal.formatting.words import Words
from services.portal.http.rendering import Renderer
from services.portal.owners import Owners
from services.portal.store import PortalStore


class Page:
    """Renders templates for one viewer at one instant. ``htmx`` says that only a part of the page was asked for;
    ``unread`` counts the viewer's notifications, None when nobody could say.
    ``held_uploads``: files that the latest sweep would have deleted and did not."""

    def __init__(
        self,
        *,
        render: Renderer,
        viewer: Viewer,
        people: list[User],
        words: Words,
        htmx: bool,
        unread: int | None,
        held_uploads: int,
    ) -> None:
        self._render = render
        self.viewer = viewer
        self.people = people
        self.words = words
        self.htmx = htmx
        self._unread = unread
        self.held_uploads = held_uploads

    def __call__(
        self, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **context: Any
    ) -> Response[str]:
        text = self._render(template, viewer=self.viewer, words=self.words, unread=self._unread, **context)
        return Response(text, media_type="text/html", status_code=status, headers=headers)


async def provide_page(
    request: Request[Any, Any, Any],
    renderer: NamedDependency[Renderer],
    store: NamedDependency[PortalStore],
    settings: NamedDependency[Settings],
    clock: NamedDependency[Clock],
    owners: NamedDependency[Owners],
    sweep: NamedDependency[UploadSweep],
) -> Page:
    """Takes the notice that an earlier request left, to be shown this once; a page that renews itself has no place
    for it and leaves it for the one that is on its way."""
    viewer: Viewer = request.user
    htmx = request.headers.get("hx-request") == "true"
    people = await store.users()
    unread = await _unread(owners, viewer, others(people, viewer), htmx=htmx)
    words = Words(zone=settings.zone, now=clock.now(), viewer=viewer.user, people=people)
    if viewer.notice and request.method == "GET" and BACKGROUND not in request.headers:
        await store.take_notice(viewer.session, viewer.notice)
    return Page(
        render=renderer, viewer=viewer, people=people, words=words, htmx=htmx, unread=unread, held_uploads=sweep.held
    )


async def _unread(owners: Owners, viewer: Viewer, other_ids: list[str], *, htmx: bool) -> int | None:
    """A part of a page has no bar to show the number in; a notifier that is silent must not keep a page away."""
    if htmx:
        return None
    try:
        return (await owners.ask(COUNT_UNREAD, CountUnread(user_id=viewer.user.id, others=other_ids))).count
    except (Unavailable, Refused):
        return None


async def see_other(
    store: PortalStore, viewer: Viewer, path: str, notice: str, *, undo: Undo | None = None
) -> Redirect:
    """After a change: the page again, with a sentence on what happened and maybe the offer to take it back."""
    await store.leave_notice(viewer.session, notice, undo)
    return Redirect(path, status_code=303)
