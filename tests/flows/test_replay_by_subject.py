"""An engineer retries a window with any NATS client: the subject alone says which."""

import json

import pytest

from contracts import subjects
from contracts.commands import CreateRecurring
from tests.system import System

DAILY = CreateRecurring(description="Slack invites", cron_expression="0 9 * * *")


@pytest.mark.requirement("R-REP-1")
async def test_an_empty_message_generates_the_window_and_a_second_one_counts_a_repeat(system: System) -> None:
    config = await system.ask(subjects.CREATE_RECURRING, DAILY)
    subject = f"dataops.window.due.recurring.{config.id}.2028-02-05"
    finished = await system.client.subscribe(subjects.WINDOWS_FINISHED.subject)
    for repeated in (False, True, True):
        await system.publish_window(subject)
        [told] = json.loads((await finished.next_msg(timeout=5)).data)["windows"]
        assert (told["outcome"], told["repeated"]) == ("generated", repeated)
    assert len(await system.tasks_on("2028-02-05")) == 1


@pytest.mark.requirement("R-REP-1")
@pytest.mark.requirement("R-GEN-4")
@pytest.mark.parametrize(
    ("tail", "body", "reason"),
    [
        ("recurring.nobody.2028-02-05", b"", "not_scheduled"),
        ("recurring.{id}.2028-02-30", b"", "invalid_subject"),
        ("recurring.{id}.yesterday", b"", "invalid_subject"),
        ("banana.{id}.2028-02-05", b"", "invalid_subject"),
        ("recurring.{id}", b"", "invalid_subject"),
        ("recurring.{id}.2028-02-05.more", b"", "invalid_subject"),
        ("recurring.{id}.2028-02-05", b"not json", "invalid_body"),
        ("recurring.{id}.2028-02-05", b"\xff\xfe", "invalid_body"),
        ("recurring.{id}.2028-02-05", b"[]", "invalid_body"),
        ("recurring.{id}.2028-02-05", b'{"trigger":"whenever"}', "invalid_body"),
        ("recurring.{id}.2028-02-05", b'{"schema_version":2}', "unknown_schema_version"),
        ("recurring.{id}.2028-01-01", b"", "not_scheduled"),
    ],
    ids=lambda part: f"Q: {part}" if "." in str(part) else None,
)
async def test_nonsense_ends_in_the_dead_letters_and_stops_nothing_else(
    system: System, tail: str, body: bytes, reason: str
) -> None:
    config = await system.ask(subjects.CREATE_RECURRING, DAILY)
    subject = "dataops.window.due." + tail.format(id=config.id)
    await system.publish_window(subject, body)
    [letter] = await system.dead_letters()
    assert (letter["reason"], letter["subject"]) == (reason, subject)
    assert letter["message"]
    assert await system.tasks_on("2028-02-05") == []

    await system.publish_window(f"dataops.window.due.recurring.{config.id}.2028-02-06")
    assert len(await system.tasks_on("2028-02-06")) == 1


@pytest.mark.requirement("R-GEN-4")
async def test_poison_among_good_messages_fails_alone(system: System) -> None:
    config = await system.ask(subjects.CREATE_RECURRING, DAILY)
    stream = system.client.jetstream()
    for day in range(3, 29):
        await stream.publish(f"dataops.window.due.recurring.{config.id}.2028-02-{day:02}", b"{]" if day == 13 else b"")
    await system.windows_drained()
    assert len(await system.dead_letters()) == 1
    assert [len(await system.tasks_on(f"2028-02-{day:02}")) for day in (12, 13, 14, 28)] == [1, 0, 1, 1]
