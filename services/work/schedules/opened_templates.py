"""A template as its editor and page show it: with what edits of its trigger did to anchor dates."""

from zoneinfo import ZoneInfo

from contracts.templates import OpenedTemplate
from services.kit.clock import Clock
from services.work.runs.store import Runs
from services.work.schedules.anchors import anchor_dates
from services.work.schedules.documents import ScheduleDocument
from services.work.schedules.reading import template_of, timeline_of


class OpenedTemplates:
    def __init__(self, runs: Runs, *, clock: Clock, zone: ZoneInfo) -> None:
        self._runs = runs
        self._clock = clock
        self._zone = zone

    async def of(self, document: ScheduleDocument) -> OpenedTemplate:
        """``document`` is the stored template."""
        now = self._clock.now()
        made = await self._runs.anchors_made(document["_id"], now.astimezone(self._zone).date())
        dates = anchor_dates(timeline_of(document), made, now=now, zone=self._zone)
        return OpenedTemplate(
            **template_of(document).model_dump(),
            left_out=list(dates.left_out),
            already_made=list(dates.already_made),
        )
