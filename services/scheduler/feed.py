"""Keeping the agenda up to date with the schedules that work owns."""

import datetime as dt

from nats.aio.client import Client

from contracts.schedules import FeedItems, Schedule, ScheduleFeed
from contracts.subjects import SCHEDULE_FEED
from services.kit.broker import pages_of
from services.scheduler.agenda import Agenda

_OVERLAP = dt.timedelta(minutes=2)


class ScheduleReader:
    """Asks work what changed since the last ask, overlapping so that a write that was under way is not missed."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._since: dt.datetime | None = None

    async def refresh(self, agenda: Agenda) -> list[Schedule]:
        """Take in what changed, and return what did since the last ask: nothing the first time.

        Raises Unavailable or Refused; what was taken in until then stays good.
        """
        changed, parts = list[Schedule](), FeedItems()
        as_of: dt.datetime | None = None
        async for page in pages_of(self._client, SCHEDULE_FEED, ScheduleFeed(since=self._since)):
            for schedule in parts.whole(page.items):
                agenda.put(schedule)
                changed.append(schedule)
            as_of = as_of or page.as_of
        assert as_of is not None, "there is a first page, if an empty one"
        first, self._since = self._since is None, as_of - _OVERLAP
        return [] if first else changed
