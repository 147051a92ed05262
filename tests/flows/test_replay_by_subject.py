"""An engineer retries a window with any NATS client: the subject alone says which."""

import json

import pytest
from nats.aio.msg import Msg
from nats.errors import OutboundBufferLimitError

from contracts import subjects
from contracts.recurring import CreateRecurring
from contracts.values import Kind, Service
from contracts.windows import ListWindows
from services.work import streams
from services.work.generation import consumer as windows
from tests.system import System, eventually

DAILY = CreateRecurring(description="Slack invites", cron_expression="0 9 * * *")


@pytest.mark.requirement("R-REP-1")
async def test_an_empty_message_generates_the_window_and_a_second_one_counts_a_repeat(system: System) -> None:
    config = await system.ask(subjects.CREATE_RECURRING, DAILY)
    subject = f"dataops.window.due.recurring.{config.id}.2028-02-05"
    finished = await system.client.subscribe(subjects.WINDOWS_FINISHED.subject)
    for repeated in (False, True, True):
        await system.publish_window(subject)
        [result] = json.loads((await finished.next_msg(timeout=5)).data)["windows"]
        assert (result["outcome"], result["repeated"]) == ("generated", repeated)
    assert len(await system.tasks_on("2028-02-05")) == 1


@pytest.mark.requirement("R-REP-1")
@pytest.mark.requirement("R-GEN-4")
@pytest.mark.parametrize(
    ("tail", "body", "reason"),
    [
        ("recurring.nobody.2028-02-05", b"", "not_scheduled"),
        ("recurring.{id}.2028-02-30", b"", "invalid_subject"),
        ("recurring.{id}.0001-01-01", b"", "invalid_subject"),
        ("recurring.{id}.1969-12-31", b"", "invalid_subject"),
        ("template.{id}.9999-12-31", b"", "invalid_subject"),
        ("recurring.{id}.2028-02-05", b'{"opens_at":"0001-01-01T00:00:00Z"}', "invalid_body"),
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
    assert (await system.home()).failure_count == 0

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


@pytest.mark.requirement("R-GEN-4")
@pytest.mark.requirement("R-REL-4")
async def test_what_cannot_be_buried_holds_up_nobody_and_is_buried_once_it_can_be(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "_DEAD_LETTER_RETRY_SECONDS", 0.2)
    config = await system.ask(subjects.CREATE_RECURRING, DAILY)
    stream = system.client.jetstream()
    await stream.delete_stream(streams.DEAD_LETTERS)
    for day in range(3, 29):
        tail = "nonsense" if day == 13 else f"recurring.{config.id}.2028-02-{day:02}"
        await stream.publish(f"dataops.window.due.{tail}", b"")

    async def good_ones_are_made() -> bool:
        return [len(await system.tasks_on(f"2028-02-{day:02}")) for day in (12, 14, 28)] == [1, 1, 1]

    await eventually(good_ones_are_made)
    await streams.prepare(stream, system.settings)
    await system.windows_drained()
    assert [letter["reason"] for letter in await system.dead_letters()] == ["invalid_subject"]


@pytest.mark.requirement("R-REL-4")
async def test_an_acknowledgement_that_fails_costs_its_own_window_a_repeat_and_no_other(
    idle: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    system, acknowledge, failed = idle, Msg.ack, list[str]()
    monkeypatch.setattr(streams, "ACK_WAIT_SECONDS", 1.0)
    await system.start(Service.WORK)
    config = await system.ask(subjects.CREATE_RECURRING, DAILY)

    async def fails_once(message: Msg) -> None:
        if message.subject.endswith("2028-02-13") and not failed:
            failed.append(message.subject)
            raise OutboundBufferLimitError
        await acknowledge(message)

    monkeypatch.setattr(Msg, "ack", fails_once)
    for day in range(3, 29):
        await system.client.jetstream().publish(f"dataops.window.due.recurring.{config.id}.2028-02-{day:02}", b"")
    await system.windows_drained()
    rows = (await system.ask(subjects.LIST_WINDOWS, ListWindows(kind=Kind.RECURRING, id=config.id))).items
    assert [(row.date.day, row.skipped) for row in rows if row.skipped] == [(13, 1)]
