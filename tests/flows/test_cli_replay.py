"""An engineer replays stored windows from the terminal, by subject pattern, time and outcome."""

import datetime as dt
import json
from unittest.mock import AsyncMock

import pytest

from contracts import subjects
from contracts.recurring import CreateRecurring
from contracts.schedule_rows import PauseSchedule, ResumeSchedule
from contracts.values import Kind, Outcome, Service, Window, calendar_date
from services.cli.commands import replay
from services.kit.mongo import connection
from services.kit.start_error import StartError
from services.work.streams import WINDOWS
from tests.flows.commands import assert_refused, dataops
from tests.system import System

DAILY = CreateRecurring(description="Slack invites", cron_expression="0 9 * * *")


async def stored_windows(system: System, *days: int) -> str:
    """A daily duty with windows on these days of February; its id."""
    config = await system.ask(subjects.CREATE_RECURRING, DAILY)
    for day in days:
        await system.publish_window(f"dataops.window.due.recurring.{config.id}.2028-02-{day:02}")
    return config.id


async def consumers(system: System) -> list[str]:
    return [info.name for info in await system.client.jetstream().consumers_info(WINDOWS)]


async def audited(system: System) -> list[dict[str, object]]:
    async with connection.connect(system.settings, "portal") as database:
        return await database.audit.find({}, {"_id": 0, "at": 0}).to_list(None)


@pytest.mark.requirement("R-REP-1")
async def test_each_window_is_replayed_once_with_a_new_message_id_and_counted(system: System) -> None:
    id = await stored_windows(system, 5, 6, 6)
    await system.publish_window("dataops.window.due.recurring.nobody.2028-02-05")
    await system.publish_window("dataops.window.due.banana")
    ended = await dataops(system.settings, "replay", ">")
    assert ended.code == 0, ended.complained
    assert (
        "Replayed 3 windows: 0 generated, 2 repeats, 0 skipped, 0 paused, 0 failed, 1 not scheduled, 0 unanswered."
        in ended.said
    )
    message = await system.client.jetstream().get_last_msg(WINDOWS, f"dataops.window.due.recurring.{id}.2028-02-06")
    assert message.data in {None, b""}
    assert (message.headers or {})["Nats-Msg-Id"].startswith(f"recurring:{id}:2028-02-06#replay-")
    assert await consumers(system) == ["work"]
    assert len(await system.tasks_on("2028-02-06")) == 1
    assert await audited(system) == [{"kind": "windows.replayed", "actor": None, "subject": "dataops.window.due.>"}]


@pytest.mark.requirement("R-REP-1")
async def test_a_dry_run_lists_and_a_pattern_chooses(system: System) -> None:
    await stored_windows(system, 5, 6, 7)
    before = (await system.client.jetstream().stream_info(WINDOWS)).state.last_seq
    ended = await dataops(system.settings, "replay", "dataops.window.due.recurring.*.2028-02-06", "--dry-run")
    assert ended.code == 0, ended.complained
    [window, summary] = ended.said.splitlines()
    assert window.endswith(".2028-02-06  generated")
    assert summary == "1 windows would be replayed."
    assert (await system.client.jetstream().stream_info(WINDOWS)).state.last_seq == before


@pytest.mark.requirement("R-REP-1")
async def test_only_windows_with_an_outcome_and_stored_in_time(system: System) -> None:
    id = await stored_windows(system, 5)
    await system.ask(subjects.PAUSE_SCHEDULE, PauseSchedule(kind=Kind.RECURRING, id=id))
    await system.clock_to("2028-02-03 09:00")
    await system.ask(subjects.RESUME_SCHEDULE, ResumeSchedule(kind=Kind.RECURRING, id=id))

    paused = await dataops(system.settings, "replay", ">", "--outcome", "paused")
    assert "Replayed 2 windows: 0 generated, 0 repeats, 0 skipped, 2 paused" in paused.said
    stream = system.client.jetstream()
    stored = (await stream.stream_info(WINDOWS)).state
    first = (await stream.get_msg(WINDOWS, stored.first_seq)).time
    assert first is not None
    soon = (first + dt.timedelta(milliseconds=1)).isoformat()  # the broker counts nanoseconds
    early = await dataops(system.settings, "replay", ">", "--until", soon, "--dry-run")
    assert early.said.splitlines()[0].endswith("2028-02-05  generated")
    assert early.said.splitlines()[1:] == ["1 windows would be replayed."]
    late = await dataops(system.settings, "replay", ">", "--since", "2100-01-01")
    assert late.complained == "dataops: Of the windows that match 'dataops.window.due.>' none is since then.\n"


IMPOSSIBLE = (
    (("dataops.window.due.recurring.*.2031-01-01",), "No stored window matches"),
    ((">", "--outcome", "failed"), "none is failed"),
    (("dataops.event.>",), "No window matches 'dataops.event.>'"),
    (("dataops.window",), "No window matches 'dataops.window'"),
    (("dataops.>.due",), "is not a subject pattern"),
    (("a b",), "is not a subject pattern"),
    (("",), "is not a subject pattern"),
    ((">", "--since", "tomorrow"), "is not an instant"),
    ((">", "--since", "2028-02-02", "--until", "2028-02-01"), "--until must not be before --since"),
)


@pytest.mark.requirement("R-REP-1")
async def test_what_cannot_be_done_is_refused_in_one_line(system: System) -> None:
    await stored_windows(system, 5)
    for arguments, complaint in IMPOSSIBLE:
        await assert_refused(system.settings, "replay", *arguments, complaint=complaint)
    assert await consumers(system) == ["work"]


@pytest.mark.requirement("R-REP-1")
async def test_more_windows_than_a_batch_are_all_replayed(system: System) -> None:
    ids = [(await system.ask(subjects.CREATE_RECURRING, DAILY)).id for _ in range(12)]
    days = [*(f"2028-02-{day:02}" for day in range(2, 30)), *(f"2028-03-{day:02}" for day in range(1, 32))]
    stream = system.client.jetstream()
    for id in ids:
        for day in days:
            await stream.publish_async(f"dataops.window.due.recurring.{id}.{day}", b"")
    await stream.publish_async_completed()
    await system.windows_drained()
    ended = await dataops(system.settings, "replay", ">")
    assert f"Replayed {12 * 59} windows: 0 generated, {12 * 59} repeats" in ended.said


@pytest.mark.requirement("R-REP-1")
@pytest.mark.parametrize("is_silent", [True, False])
async def test_a_broker_that_falls_silent_is_no_end_and_a_stream_that_was_purged_is(
    system: System, monkeypatch: pytest.MonkeyPatch, is_silent: bool
) -> None:
    await stored_windows(system, 5, 6, 7)
    monkeypatch.setattr(replay, "_BATCH", 1)
    monkeypatch.setattr(replay, "_FETCH_SECONDS", 0.3)
    async with replay._stored(system.client, replay.Selection(">")) as stored:
        batches = stored.batches()
        assert len(await anext(batches)) == 1
        if is_silent:
            monkeypatch.setattr(stored._messages, "fetch", AsyncMock(side_effect=TimeoutError))
            with pytest.raises(StartError, match="fell silent after 1 of 3"):
                await anext(batches)
        else:
            await system.client.jetstream().purge_stream(WINDOWS)
            assert [batch async for batch in batches] == []


@pytest.mark.requirement("R-REP-1")
async def test_windows_that_nobody_handles_are_unanswered(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    id = await stored_windows(system, 5)
    await system.stop(Service.WORK)
    monkeypatch.setattr(replay, "_SILENCE_SECONDS", 0.3)
    tally = replay.Tally()
    window = Window(kind=Kind.RECURRING, source_id=id, date=calendar_date("2028-02-05"))
    await replay.replay_batch(system.client, [window], tally)
    assert (tally.by["unanswered"], tally.all_well) == (1, False)

    finished = await system.client.subscribe(subjects.WINDOWS_FINISHED.subject)
    await system.start(Service.WORK)
    [result] = json.loads((await finished.next_msg(timeout=5)).data)["windows"]
    assert (result["outcome"], result["repeated"]) == (Outcome.GENERATED, True)


@pytest.mark.parametrize(
    ("pattern", "subject"),
    [
        (">", "dataops.window.due.>"),
        ("dataops.>", "dataops.window.due.>"),
        ("*.window.*.recurring.>", "dataops.window.due.recurring.>"),
        ("dataops.window.due.*.*.2028-02-05", "dataops.window.due.*.*.2028-02-05"),
    ],
)
def test_a_pattern_is_cut_to_the_subjects_of_windows(pattern: str, subject: str) -> None:
    assert replay.subject_filter(pattern) == subject


@pytest.mark.parametrize("pattern", ["*", "*.*.*", "work.>", "dataops.window.due", "dataops.window.done.>", "a..b"])
def test_a_pattern_that_no_window_can_have_is_refused(pattern: str) -> None:
    with pytest.raises(StartError):
        replay.subject_filter(pattern)
