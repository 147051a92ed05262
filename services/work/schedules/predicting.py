"""What the schedules will make until the end of the day in a week."""

import datetime as dt
from zoneinfo import ZoneInfo

from contracts.cron.expression import Opening
from contracts.schedule_rows import ListPredicted, Predicted, PredictedWindow
from contracts.values import Kind, Outcome, Window
from services.kit.clock import Clock
from services.work.generation.ledger import Ledger
from services.work.runs.store import Runs
from services.work.schedules.coming_up import end_of_week, key_needed, next_openings, openings_from
from services.work.schedules.store import Schedules
from services.work.schedules.timeline import in_force, next_planned

_LOOKED_AT = 100
"""Windows, in all: those that were made ahead of time, or whose run exists, are left out of what is told."""

_RESUMING = 500
"""Schedules of each kind that resume soonest."""


class Predicting:
    def __init__(self, schedules: Schedules, runs: Runs, ledger: Ledger, clock: Clock, zone: ZoneInfo) -> None:
        self._schedules = schedules
        self._runs = runs
        self._ledger = ledger
        self._clock = clock
        self._zone = zone

    async def predicted(self, question: ListPredicted) -> Predicted:
        now = self._clock.now()
        until = end_of_week(now, self._zone)
        found = await self._expected(now, until) + await self._resumed(now, until)
        expected = sorted(found, key=lambda one: one.opens_at)[:_LOOKED_AT]
        outcomes = await self._ledger.outcomes([_window(one).id for one in expected])
        unmade = [one for one in expected if outcomes.get(_window(one).id) is not Outcome.GENERATED]
        unmade = await self._without_run(unmade, now)
        return Predicted(items=unmade[: question.limit], more=len(unmade) > question.limit)

    async def _without_run(self, expected: list[PredictedWindow], now: dt.datetime) -> list[PredictedWindow]:
        """All but the windows of templates whose anchor date has its run already, as one started by hand."""
        ids = {one.source_id for one in expected if one.kind is Kind.TEMPLATE}
        templates = await self._schedules.load(Kind.TEMPLATE, sorted(ids), now)
        keys = {
            _window(one).id: key_needed(templates[one.source_id].schedule, Opening(one.date, one.opens_at))
            for one in expected
            if one.source_id in templates
        }
        taken = await self._runs.taken([key for key in keys.values() if key is not None])
        return [one for one in expected if keys.get(_window(one).id) not in taken]

    async def _expected(self, now: dt.datetime, until: dt.datetime) -> list[PredictedWindow]:
        """The first of the week by time, then by mechanism, expression and id."""
        active = {
            (kind, cron): count
            for kind in Kind
            for cron, enabled, count in await self._schedules.tally(kind)
            if enabled
        }
        named: dict[tuple[Kind, str], list[tuple[str, str]]] = {}
        expected: list[PredictedWindow] = []
        for opening, kind, cron in next_openings(active, now, until, self._zone, windows=_LOOKED_AT):
            if (kind, cron) not in named:
                named[kind, cron] = await self._schedules.list_with_cron(kind, cron, _LOOKED_AT)
            expected += [
                PredictedWindow(kind=kind, source_id=id, title=title, date=opening.date, opens_at=opening.opens_at)
                for id, title in named[kind, cron]
            ]
        return expected

    async def _resumed(self, now: dt.datetime, until: dt.datetime) -> list[PredictedWindow]:
        """Of schedules whose pause ends within the week: what opens from then on."""
        resumed: list[PredictedWindow] = []
        for kind in Kind:
            for id, title, timeline in await self._schedules.list_resuming(kind, until, _RESUMING):
                planned = next_planned(timeline, now)
                if planned is None or in_force(timeline, now).enabled:
                    continue
                resumed += [
                    PredictedWindow(kind=kind, source_id=id, title=title, date=opening.date, opens_at=opening.opens_at)
                    for opening in openings_from(planned, until, self._zone)
                ]
        return resumed


def _window(one: PredictedWindow) -> Window:
    return Window(kind=one.kind, source_id=one.source_id, date=one.date)
