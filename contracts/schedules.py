"""A schedule is a timeline of revisions; which revision was in force decides every window of the past."""

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import pairwise
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from contracts.cron.expression import CronError, CronExpression, Opening
from contracts.values import Instant, IsoDate, Kind, Model

_FOREVER = dt.datetime.max.replace(tzinfo=dt.UTC)


class Revision(Model):
    """What held from an instant on, and who said so. ``since`` may lie ahead: the end of a pause "until".

    ``planned`` is true for such an end, false for a resume that held at once, and None for every other revision.
    ``since_date`` is the date that a person chose for it; ``since`` is then the beginning of that date in the
    application zone.
    """

    since: Instant
    since_date: IsoDate | None = None
    cron: str
    lead_days: JsonValue = 0
    enabled: bool = True
    archived: bool = False
    reason: str | None = None
    by: str | None = None
    planned: bool | None = None

    @property
    def lead(self) -> int:
        """Days between window and anchor; ValueError when what is stored is not a whole number from 0 to 3650."""
        if type(self.lead_days) is not int or not 0 <= self.lead_days <= 3650:
            raise ValueError(f"triggerLeadDays must be a whole number of days, 0 to 3650, not {self.lead_days!r}")
        return self.lead_days

    @property
    def expression(self) -> CronExpression:
        """The cron as it acts. One that cannot be read opens every date at midnight, so that the window fails in
        sight instead of never being missed."""
        try:
            return CronExpression.parse(self.cron)
        except CronError:
            return _MIDNIGHT

    def opening_on(self, date: dt.date, zone: ZoneInfo) -> dt.datetime | None:
        """When the window of ``date`` opens under this cron."""
        return self.expression.opening_on(date, zone)

    def openings(self, after: dt.datetime, until: dt.datetime, zone: ZoneInfo) -> list[Opening]:
        return self.expression.windows_between(after, until, zone)


_MIDNIGHT = CronExpression.parse("0 0 * * *")


class Schedule(Model):
    """One recurring config or automatic template, as far as windows are concerned.

    ``timeline`` is ordered by ``since``; the first entry is the creation. ``changed_at`` is machine time.
    ``imported_at``: when it came from another system. What opened until then is for the ledger that came with it.
    ``more``: the timeline goes on in the next item of a feed.
    """

    kind: Kind
    source_id: str
    title: str
    created_at: Instant
    changed_at: Instant
    timeline: tuple[Revision, ...]
    deleted: bool = False
    imported_at: Instant | None = None
    more: bool = False

    def opened_after_import(self, opens_at: dt.datetime) -> bool:
        """False for what opened before the schedule was imported."""
        return self.imported_at is None or opens_at > self.imported_at

    def revision_at(self, at: dt.datetime) -> Revision | None:
        """The revision in force at an instant; None before the schedule existed."""
        in_force = None
        for revision in self.timeline:
            if revision.since <= at:
                in_force = revision
        return in_force

    def paused_since(self, at: dt.datetime) -> dt.datetime | None:
        """When the pause that holds at ``at`` began, whatever was edited during it; None while it is enabled."""
        begun = None
        for revision in self.timeline:
            if revision.since <= at:
                begun = None if revision.enabled else begun or revision.since
        return begun

    def windows_between(self, after: dt.datetime, until: dt.datetime, zone: ZoneInfo) -> list[Opening]:
        """Windows that opened in ``(after, until]``, each under the revision then in force, also while paused.

        One a date: an edit that fires a date a second time adds nothing. None while archived, or before the import.
        """
        after = max(after, self.imported_at or after)
        found: dict[dt.date, Opening] = {}
        for revision, since, before in self._effective_periods():
            if revision.archived or before <= after or since > until:
                continue
            # A reign includes its first instant and excludes its last; an interval of openings does the reverse.
            first = max(after, since - dt.timedelta(microseconds=1))
            last = min(until, before - dt.timedelta(microseconds=1))
            for opening in revision.openings(first, last, zone):
                found.setdefault(opening.date, opening)
        return sorted(found.values(), key=lambda opening: opening.opens_at)

    def opening_on(self, date: dt.date, zone: ZoneInfo, now: dt.datetime) -> tuple[Revision, dt.datetime] | None:
        """The revision and the instant under which the window of ``date`` opened or will open, if any did.

        An edit may open a date a second time. The first opening that was not paused counts once it has come, as when
        a paused morning was moved to the afternoon and resumed; else the first of all.
        """
        openings = list(self._openings_on(date, zone))
        come = (opening for opening in openings if opening[0].enabled and opening[1] <= now)
        return next(come, openings[0] if openings else None)

    def still_opens_on(self, date: dt.date, zone: ZoneInfo, now: dt.datetime) -> dt.datetime | None:
        """When the window of ``date`` will open, again perhaps, while it is not paused; None if that will not come."""
        ahead = (at for revision, at in self._openings_on(date, zone) if revision.enabled and at > now)
        return next(ahead, None)

    def _openings_on(self, date: dt.date, zone: ZoneInfo) -> Iterator[tuple[Revision, dt.datetime]]:
        for revision, since, before in self._effective_periods():
            opens_at = None if revision.archived else revision.opening_on(date, zone)
            if opens_at is not None and since <= opens_at < before:
                yield revision, opens_at

    def _effective_periods(self) -> Iterator[tuple[Revision, dt.datetime, dt.datetime]]:
        for revision, following in pairwise(self.timeline):
            yield revision, revision.since, following.since
        if self.timeline:
            yield self.timeline[-1], self.timeline[-1].since, _FOREVER


_REVISIONS_A_PART = 500
_TITLE_SHOWN, _CRON_SHOWN = 2_000, 200


def parts_of(schedule: Schedule) -> Iterator[Schedule]:
    """The schedule as items of a feed, each of at most some 250 KB: its timeline in parts, without what decides no
    window (reasons, authors, lead days), and a text that is far too long to be a cron cut off."""
    revisions = [
        revision.model_copy(update={"reason": None, "by": None, "lead_days": 0, "cron": revision.cron[:_CRON_SHOWN]})
        for revision in schedule.timeline
    ]
    for start in range(0, max(len(revisions), 1), _REVISIONS_A_PART):
        yield schedule.model_copy(
            update={
                "title": schedule.title[:_TITLE_SHOWN],
                "timeline": tuple(revisions[start : start + _REVISIONS_A_PART]),
                "more": start + _REVISIONS_A_PART < len(revisions),
            }
        )


class FeedItems:
    """Joins the items of a feed to schedules, across its pages."""

    def __init__(self) -> None:
        self._begun: tuple[Revision, ...] = ()

    def whole(self, items: Iterable[Schedule]) -> Iterator[Schedule]:
        """The schedules that are complete with these items."""
        for item in items:
            timeline = (*self._begun, *item.timeline)
            if item.more:
                self._begun = timeline
            else:
                self._begun = ()
                yield item.model_copy(update={"timeline": timeline})


class ScheduleFeed(Model):
    """Schedules changed at or after ``since`` (machine time; None: all), tombstones included."""

    since: Instant | None = None
    after: str | None = None


class ScheduleFeedPage(Model):
    """``as_of`` is machine time before the read began: the next ask's ``since``, less an overlap."""

    items: list[Schedule]
    as_of: Instant
    after: str | None = None
