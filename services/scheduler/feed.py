"""Keeping the agenda up to date with the schedules that work owns."""

import datetime as dt

from nats.aio.client import Client

from contracts.queries import ScheduleFeed
from contracts.schedules import Schedule
from contracts.subjects import SCHEDULE_FEED
from services.scheduler.agenda import Agenda
from services.scheduler.asking import answer_of

_OVERLAP = dt.timedelta(minutes=2)


class ScheduleReader:
    """Asks work what changed since the last ask, overlapping so that a write that was under way is not missed."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._since: dt.datetime | None = None

    async def refresh(self, agenda: Agenda) -> list[Schedule]:
        """Take in what changed, and return what did since the last ask: nothing the first time.

        Raises Unavailable or WorkRefused; what was taken in until then stays good.
        """
        changed: list[Schedule] = []
        as_of: dt.datetime | None = None
        after: str | None = None
        while as_of is None or after is not None:
            page = await answer_of(self._client, SCHEDULE_FEED, ScheduleFeed(since=self._since, after=after))
            for schedule in page.items:
                agenda.put(schedule)
            changed += page.items
            as_of, after = as_of or page.as_of, page.after
        first, self._since = self._since is None, as_of - _OVERLAP
        return [] if first else changed
