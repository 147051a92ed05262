"""A schedule of any size travels in bounded items, and arrives whole."""

import datetime as dt

import pytest

from contracts.schedules import FeedItems, Revision, Schedule, parts_of
from contracts.subjects import reply_size
from contracts.values import Kind

NOON = dt.datetime(2028, 2, 2, 12, tzinfo=dt.UTC)
LARGEST = 300_000


def schedule(revisions: int, *, id: str = "slack", cron: str = "0 9 * * *", title: str = "Slack") -> Schedule:
    timeline = tuple(
        Revision(since=NOON + dt.timedelta(minutes=n), cron=cron, enabled=bool(n % 2), reason="r" * 500, by="olivia")
        for n in range(revisions)
    )
    return Schedule(kind=Kind.RECURRING, source_id=id, title=title, created_at=NOON, changed_at=NOON, timeline=timeline)


@pytest.mark.requirement("R-GEN-4")
@pytest.mark.parametrize("revisions", [0, 1, 499, 500, 501, 1_000, 9_001])
def test_feed_items_join_to_the_same_timeline(revisions: int) -> None:
    sent = schedule(revisions)
    parts = list(parts_of(sent))
    assert max(map(reply_size, parts)) < LARGEST
    assert [part.more for part in parts] == [True] * (len(parts) - 1) + [False]
    items, arrived = FeedItems(), list[Schedule]()
    for part in [*parts_of(schedule(3, id="before")), *parts, *parts_of(schedule(700, id="after"))]:
        arrived += items.whole([part])
    assert [one.source_id for one in arrived] == ["before", "slack", "after"]
    state = [(one.since, one.cron, one.enabled, one.archived) for one in arrived[1].timeline]
    assert state == [(one.since, one.cron, one.enabled, one.archived) for one in sent.timeline]


@pytest.mark.requirement("R-GEN-4")
def test_feed_items_of_texts_without_end_are_bounded() -> None:
    parts = list(parts_of(schedule(500, cron="* " * 500_000, title="t" * 5_000_000)))
    assert max(map(reply_size, parts)) < LARGEST
    assert parts[0].timeline[0].expression == schedule(1, cron="no cron").timeline[0].expression
