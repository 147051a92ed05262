"""What the system has to say, newest first. Dismissing hides a notification from the viewer; the work stays."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from contracts.commands import DismissAllNotifications, DismissNotification
from contracts.queries import ListNotifications
from contracts.subjects import DISMISS_ALL, DISMISS_NOTIFICATION, LIST_NOTIFICATIONS
from services.portal.access import OPERATOR, Viewer
from services.portal.owners import Owners
from services.portal.page import Page, see_other
from services.portal.store import PortalStore
from services.portal.words import count

_SHOWN = 100


@get("/notifications", opt=OPERATOR)
async def show_notifications(
    request: Request[Any, Any, Any],
    owners: NamedDependency[Owners],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
) -> Response[str]:
    everything = request.query_params.get("all") == "true"
    found = await owners.view(LIST_NOTIFICATIONS, ListNotifications(user_id=viewer.user.id, all=everything))
    return page(
        "notifications.html",
        notifications=found.items[:_SHOWN],
        more=found.after is not None or len(found.items) > _SHOWN,
        everything=everything,
    )


@post("/notifications/{notification_id:str}/dismissal", opt=OPERATOR, status_code=200)
async def dismiss(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    notification_id: FromPath[str],
) -> Redirect:
    await owners.view(DISMISS_NOTIFICATION, DismissNotification(actor=viewer.user.id, id=notification_id))
    return await see_other(store, viewer, "/notifications", "Dismissed for you. What it is about has not changed.")


@post("/notifications/dismissal", opt=OPERATOR, status_code=200)
async def dismiss_all(
    owners: NamedDependency[Owners], store: NamedDependency[PortalStore], viewer: NamedDependency[Viewer]
) -> Redirect:
    dismissed = await owners.view(DISMISS_ALL, DismissAllNotifications(actor=viewer.user.id))
    words = f"Dismissed {count(dismissed.count, 'notification')} for you. What they are about has not changed."
    return await see_other(store, viewer, "/notifications", words)
