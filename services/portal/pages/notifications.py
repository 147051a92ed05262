"""What the system has to say, newest first. Dismissing comes later; nothing here changes any work."""

from litestar import Response, get
from litestar.di import NamedDependency

from contracts.queries import ListNotifications
from contracts.subjects import LIST_NOTIFICATIONS
from services.portal.access import OPERATOR, Viewer
from services.portal.owners import Owners
from services.portal.page import Page

_SHOWN = 100


@get("/notifications", opt=OPERATOR)
async def show_notifications(
    owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], page: NamedDependency[Page]
) -> Response[str]:
    found = await owners.view(LIST_NOTIFICATIONS, ListNotifications(user_id=viewer.user.id))
    shown = found.items[:_SHOWN]
    return page("notifications.html", notifications=shown, more=found.after is not None or len(found.items) > _SHOWN)
