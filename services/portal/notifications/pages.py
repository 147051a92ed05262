"""What the system has to say, newest first. Dismissing hides a notification from the viewer; the work stays."""

from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from contracts.notifications import (
    DismissAllNotifications,
    DismissNotification,
    ListNotifications,
    Notification,
    Severity,
)
from contracts.subjects import DISMISS_ALL, DISMISS_NOTIFICATION, LIST_NOTIFICATIONS
from services.portal.auth.access import OPERATOR, Viewer, others
from services.portal.formatting.words import count
from services.portal.notifications import messages
from services.portal.owners import Owners
from services.portal.page import Page, see_other
from services.portal.store import PortalStore

_SHOWN = 100
_FAILURE = "automation-failure"
_GROUPS = ((Severity.CRITICAL, "Now"), (Severity.WARNING, "Soon"), (Severity.INFO, "To know"))


@get("/notifications", opt=OPERATOR)
async def show_notifications(
    request: Request[Any, Any, Any],
    owners: NamedDependency[Owners],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
) -> Response[str]:
    everything = request.query_params.get("all") == "true"
    question = ListNotifications(user_id=viewer.user.id, others=others(page.people, viewer), all=everything)
    found = await owners.ask(LIST_NOTIFICATIONS, question)
    shown = found.items[:_SHOWN]
    return page(
        "notifications.html",
        groups=[(title, group) for severity, title in _GROUPS if (group := _of(shown, severity))],
        shown=len(shown),
        more=found.after is not None or len(found.items) > _SHOWN,
        everything=everything,
        place=place,
    )


def _of(notifications: list[Notification], severity: Severity) -> list[Notification]:
    return [one for one in notifications if one.severity is severity]


def place(one: Notification) -> tuple[str, str] | None:
    """The address and the name of what a notification is about; None when it is about nothing that has a page."""
    if one.task_id:
        return f"/tasks/{quote(one.task_id)}", messages.OPEN_TASK
    if one.bundle_id:
        return f"/workflows/{quote(one.bundle_id)}", messages.OPEN_WORKFLOW
    if one.recurring_config_id:
        return f"/recurring/recurring/{quote(one.recurring_config_id)}", messages.OPEN_SCHEDULE
    if one.template_id:
        return f"/recurring/template/{quote(one.template_id)}", messages.OPEN_SCHEDULE
    return ("/#failures", messages.OPEN_FAILURES) if one.type == _FAILURE else None


@post("/notifications/{notification_id:str}/dismissal", opt=OPERATOR, status_code=200)
async def dismiss(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    notification_id: FromPath[str],
) -> Redirect:
    command = DismissNotification(actor=viewer.user.id, id=notification_id, others=others(await store.users(), viewer))
    await owners.ask(DISMISS_NOTIFICATION, command)
    return await see_other(store, viewer, "/notifications", messages.DISMISSED)


@post("/notifications/dismissal", opt=OPERATOR, status_code=200)
async def dismiss_all(
    owners: NamedDependency[Owners], store: NamedDependency[PortalStore], viewer: NamedDependency[Viewer]
) -> Redirect:
    command = DismissAllNotifications(actor=viewer.user.id, others=others(await store.users(), viewer))
    dismissed = await owners.ask(DISMISS_ALL, command)
    words = messages.dismissed_many(count(dismissed.count, "notification"))
    return await see_other(store, viewer, "/notifications", words)
