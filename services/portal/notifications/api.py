"""Notifications over JSON: what the caller sees, and putting it out of sight for the caller alone."""

from typing import Any

from litestar import Request, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from contracts.commands import DismissAllNotifications, DismissNotification
from contracts.queries import ListNotifications
from contracts.subjects import DISMISS_ALL, DISMISS_NOTIFICATION, LIST_NOTIFICATIONS
from services.portal.auth.access import OPERATOR, Viewer, others
from services.portal.http.bodies import JsonObject, query_of, shown
from services.portal.owners import Owners
from services.portal.store import PortalStore


@get("/api/notifications", opt=OPERATOR)
async def list_notifications(
    request: Request[Any, Any, Any],
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
) -> JsonObject:
    """The caller's own and those for everyone, newest first; ``all=true`` also what was dismissed, after the others."""
    question = ListNotifications(
        user_id=viewer.user.id,
        others=others(await store.users(), viewer),
        all=query_of(request).get("all") == "true",
    )
    pages = owners.pages(LIST_NOTIFICATIONS, question)
    return {"notifications": [shown(one) async for page in pages for one in page.items]}


@put("/api/notifications/{notification_id:str}/dismiss", opt=OPERATOR)
async def dismiss_notification(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    notification_id: FromPath[str],
) -> JsonObject:
    command = DismissNotification(actor=viewer.user.id, id=notification_id, others=others(await store.users(), viewer))
    return {"notification": shown(await owners.ask(DISMISS_NOTIFICATION, command))}


@put("/api/notifications/dismiss-all", opt=OPERATOR)
async def dismiss_all(
    owners: NamedDependency[Owners], store: NamedDependency[PortalStore], viewer: NamedDependency[Viewer]
) -> JsonObject:
    command = DismissAllNotifications(actor=viewer.user.id, others=others(await store.users(), viewer))
    dismissed = await owners.ask(DISMISS_ALL, command)
    return {"count": dismissed.count}
