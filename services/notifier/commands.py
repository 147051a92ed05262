"""Dismissals: they hide a notification from somebody, and never touch what it is about."""

from contracts.notifications import DismissAllNotifications, Dismissed, DismissNotification, Notification
from services.kit.refused import not_found
from services.notifier.queries import Queries
from services.notifier.store import NotificationStore


class Commands:
    def __init__(self, store: NotificationStore, queries: Queries) -> None:
        self._store = store
        self._queries = queries

    async def dismiss(self, command: DismissNotification) -> Notification:
        if (dismissed := await self._store.dismiss(command.id, command.actor, command.others)) is None:
            raise not_found("Notification")
        return dismissed

    async def dismiss_all(self, command: DismissAllNotifications) -> Dismissed:
        """What happened before the request counts as seen: it must not ring right after everything was dismissed."""
        await self._queries.catch_up()
        return Dismissed(count=await self._store.dismiss_all(command.actor, command.others))
