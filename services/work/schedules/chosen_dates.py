"""What people put on a date: it counts from the beginning of that date in the application zone of the moment."""

import datetime as dt
from zoneinfo import ZoneInfo

import structlog

from contracts.values import Kind
from services.kit.mongo.driver import Session
from services.work.history.documents import HistoryDocument, ids_of_schedule
from services.work.history.store import History, new_history_entry
from services.work.schedules.documents import ScheduleDocument
from services.work.schedules.reading import timeline_of
from services.work.schedules.store import Schedules
from services.work.schedules.timeline import in_force
from services.work.schedules.zone_mark import ZoneMark
from services.work.tasks.store import Tasks

_log = structlog.get_logger(__name__)


class ChosenDates:
    """The end of a pause and the date of a follow-up."""

    def __init__(self, schedules: Schedules, tasks: Tasks, history: History, mark: ZoneMark) -> None:
        self._schedules = schedules
        self._tasks = tasks
        self._history = history
        self._mark = mark

    async def move_to(self, zone: ZoneInfo) -> None:
        """After a change of the zone, or of the zone data, have all of them begin in ``zone``. Run before anything is
        answered; broken off, the next start does it again."""
        before = await self._mark.last(zone)
        if before is None:
            return
        pauses, follow_ups = await self._schedules.move_dates(before, zone), await self._tasks.move_follow_ups(zone)
        await self._mark.move(zone)
        _log.info("dates.moved", before=before.key, zone=zone.key, pauses=pauses, follow_ups=follow_ups)

    async def end_pauses(self, now: dt.datetime) -> list[str]:
        """Bring up to date what counts schedules whose pause has ended; ids of those. Each end is in the history."""
        ids: list[str] = []
        for kind in Kind:
            for id in await self._schedules.planned(kind, now):
                await self._end_pause(kind, id, now)
                ids.append(id)
        return ids

    async def _end_pause(self, kind: Kind, id: str, now: dt.datetime) -> None:
        async def write(session: Session) -> None:
            document = await self._schedules.apply_planned(kind, id, now, session)
            if document is not None and (entry := ended_pause(kind, document, now)):
                await self._history.append(entry, session)

        await self._history.transaction(write)


def ended_pause(kind: Kind, document: ScheduleDocument, now: dt.datetime) -> HistoryDocument | None:
    """The history entry of a pause that ended by itself and was not applied to the stored schedule yet, if one did."""
    planned_at = document.get("planned_at")
    if planned_at is None or planned_at > now or document.get("deleted_at") is not None:
        return None
    current = in_force(timeline_of(document), now)
    if not current.enabled or current.archived:
        return None
    data = {"by_itself": True} | ({"until": current.since_date.isoformat()} if current.since_date else {})
    return new_history_entry(f"{kind}.resumed", at=current.since, data=data, **ids_of_schedule(kind, document["_id"]))
