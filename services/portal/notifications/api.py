"""Notifications over JSON: what the caller sees, and putting it out of sight for the caller alone."""

from typing import Annotated

from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import PathParameter

from contracts.notifications import DismissAllNotifications, DismissNotification, ListNotifications, Notification
from contracts.subjects import DISMISS_ALL, DISMISS_NOTIFICATION, LIST_NOTIFICATIONS
from contracts.values import Model
from services.portal.auth.access import OPERATOR, Viewer, others
from services.portal.owners import Owners
from services.portal.store import PortalStore


class NotificationsQuestion(Model):
    all: str | None = None


class NotificationsReply(Model):
    notifications: list[Notification]


class NotificationReply(Model):
    notification: Notification


class DismissedReply(Model):
    count: int


@get("/api/notifications", opt=OPERATOR, summary="Notifications of the caller and for everyone, newest first")
async def list_notifications(
    question: NamedDependency[NotificationsQuestion],
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
) -> NotificationsReply:
    """What is not dismissed, newest first. With `all=true` also what the caller has dismissed, after the others."""
    asked = ListNotifications(
        user_id=viewer.user.id, others=others(await store.users(), viewer), all=question.all == "true"
    )
    pages = owners.pages(LIST_NOTIFICATIONS, asked)
    return NotificationsReply(notifications=[one async for page in pages for one in page.items])


@put(
    "/api/notifications/{notificationId:str}/dismiss",
    opt=OPERATOR,
    summary="Dismiss a notification; what it is about stays",
)
async def dismiss_notification(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    notification_id: Annotated[str, PathParameter(name="notificationId")],
) -> NotificationReply:
    """Hides it from the caller; others still see it. Repeating the call changes nothing."""
    command = DismissNotification(actor=viewer.user.id, id=notification_id, others=others(await store.users(), viewer))
    return NotificationReply(notification=await owners.ask(DISMISS_NOTIFICATION, command))


@put("/api/notifications/dismiss-all", opt=OPERATOR, summary="Dismiss all")
async def dismiss_all(
    owners: NamedDependency[Owners], store: NamedDependency[PortalStore], viewer: NamedDependency[Viewer]
) -> DismissedReply:
    """Hides from the caller every notification that the caller sees, and returns how many. What they are about
    stays."""
    command = DismissAllNotifications(actor=viewer.user.id, others=others(await store.users(), viewer))
    return DismissedReply(count=(await owners.ask(DISMISS_ALL, command)).count)
