"""All schedules in memory, arranged so that a minute in which nothing is due costs next to nothing."""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

import structlog

from contracts.cron.expression import CronExpression, Opening
from contracts.schedules import Schedule
from contracts.values import Kind, Window

Key = tuple[Kind, str]
_log = structlog.get_logger(__name__)


class DueWindow(NamedTuple):
    kind: Kind
    source_id: str
    date: dt.date
    opens_at: dt.datetime

    @property
    def window(self) -> Window:
        return Window(kind=self.kind, source_id=self.source_id, date=self.date)


class Agenda:
    """Answers which windows opened, as asking each schedule would, but asks only those that may have one.

    The time of day at which an expression opens its windows does not depend on the date, so there are at most
    1 440 times to look at, however many schedules and expressions there are.
    """

    def __init__(self) -> None:
        self._schedules: dict[Key, Schedule] = {}
        self._by_time: dict[dt.time, dict[CronExpression, set[Key]]] = {}

    def __len__(self) -> int:
        return len(self._schedules)

    def put(self, schedule: Schedule) -> None:
        """Take in a new or changed schedule; a tombstone takes its schedule out."""
        key = schedule.kind, schedule.source_id
        known = self._schedules.pop(key, None)
        if known is not None:
            self._forget(key, known)
        if not schedule.deleted:
            self._schedules[key] = schedule
            for expression in _expressions(schedule):
                self._by_time.setdefault(expression.opens, {}).setdefault(expression, set()).add(key)

    def windows_between(self, after: dt.datetime, until: dt.datetime, zone: ZoneInfo) -> list[DueWindow]:
        """What `Schedule.windows_between` says of all schedules together, the earliest opening first."""
        found: list[DueWindow] = []
        edited: set[Key] = set()
        for expression, opening in self._openings(after, until, zone):
            for key in self._by_time[expression.opens][expression]:
                schedule = self._schedules[key]
                match schedule.timeline:
                    case (only,):
                        if opening.opens_at >= only.since and schedule.opened_after_import(opening.opens_at):
                            found.append(DueWindow(*key, *opening))
                    case _:
                        edited.add(key)
        for key in edited:
            found += windows_of(self._schedules[key], after, until, zone)
        return sorted(found, key=lambda due: due.opens_at)

    def was_paused(self, due: DueWindow) -> bool:
        """Whether its schedule was paused when it opened: it is published for the ledger, and makes nothing."""
        revision = self._schedules[due.kind, due.source_id].revision_at(due.opens_at)
        return revision is not None and not revision.enabled

    def _openings(
        self, after: dt.datetime, until: dt.datetime, zone: ZoneInfo
    ) -> Iterator[tuple[CronExpression, Opening]]:
        for time, expressions in self._by_time.items():
            for opening in _every_day_at(time).windows_between(after, until, zone):
                for expression in expressions:
                    if expression.is_on(opening.date):
                        yield expression, opening

    def _forget(self, key: Key, schedule: Schedule) -> None:
        for expression in _expressions(schedule):
            keys = self._by_time[expression.opens][expression]
            keys.discard(key)
            if not keys:
                del self._by_time[expression.opens][expression]
            if not self._by_time[expression.opens]:
                del self._by_time[expression.opens]


def windows_of(schedule: Schedule, after: dt.datetime, until: dt.datetime, zone: ZoneInfo) -> list[DueWindow]:
    """Of one schedule. One whose timeline names no dates that can be reckoned with opens each date at midnight, as one
    with an unreadable cron does: it fails in sight, and stops no other."""
    if schedule.deleted:
        return []
    try:
        openings = schedule.windows_between(after, until, zone)
    except (ArithmeticError, ValueError, LookupError) as error:
        _log.error("schedule.evaluation_failed", schedule=f"{schedule.kind}:{schedule.source_id}", error=str(error))
        openings = CronExpression.parse("0 0 * * *").windows_between(after, until, zone)
    return [DueWindow(schedule.kind, schedule.source_id, *opening) for opening in openings]


def _expressions(schedule: Schedule) -> set[CronExpression]:
    return {revision.expression for revision in schedule.timeline if not revision.archived}


def _every_day_at(time: dt.time) -> CronExpression:
    return CronExpression.parse(f"{time.minute} {time.hour} * * *")
