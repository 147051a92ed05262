"""A pause that ends by itself leaves a history that can be read on: nothing after it is hidden from the feed."""

import pytest

from contracts import subjects
from contracts.history import HistoryFeed
from contracts.recurring import CreateRecurring
from contracts.schedule_rows import PauseSchedule
from contracts.values import Kind, calendar_date
from tests.system import System


@pytest.mark.requirement("R-PAU-1")
async def test_the_feed_tells_a_pause_with_an_end(system: System) -> None:
    command = CreateRecurring(description="Mailchimp backup", cron_expression="0 9 * * 3")
    config = await system.ask(subjects.CREATE_RECURRING, command)
    until = calendar_date("2028-03-01")
    pause = PauseSchedule(kind=Kind.RECURRING, id=config.id, until=until, actor="olivia")
    await system.ask(subjects.PAUSE_SCHEDULE, pause)
    history = (await system.ask(subjects.HISTORY_FEED, HistoryFeed())).items
    assert [(row.kind, row.actor) for row in history][-1] == ("recurring.paused", "olivia")
