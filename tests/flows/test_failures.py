"""What cannot be made is seen: one alert per schedule and cause, with its dates, until it is mended or acknowledged."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

import pytest

from contracts import subjects
from contracts.generation import AcknowledgeFailure, Failure, Generate, ListFailures, ReportIncident, RetryFailure
from contracts.history import HistoryFeed
from contracts.notifications import ListNotifications, Notification
from contracts.recurring import CreateRecurring, ListRecurring
from contracts.runs import CreateBundle
from contracts.schedule_rows import ListSchedules
from contracts.templates import DeleteTemplate, ListTemplates
from contracts.values import Incident, Kind, Outcome, Service, Window, calendar_date
from contracts.windows import AskWhy, ListWindows, WhyCode, WindowRow
from services.kit.clock import Clock
from services.work import streams
from services.work.generation import generator, making
from services.work.generation.generator import Generator, Handled
from services.work.generation.records import Asked
from tests.support.failures import blank_the_first_step, daily_report
from tests.system import System, eventually, instant


@pytest.fixture
async def stored(system: System) -> Any:
    """Work's database, as somebody with a Mongo shell has it."""
    return system.mongo[f"{system.settings.mongo_prefix}_work"]


async def slack_invites(system: System) -> str:
    duty = CreateRecurring(description="Slack invites", cron_expression="0 9 * * *")
    return (await system.ask(subjects.CREATE_RECURRING, duty)).id


async def failures(system: System) -> list[Failure]:
    listed = (await system.ask(subjects.LIST_FAILURES, ListFailures())).items
    home = await system.home()
    assert sorted(home.failures, key=lambda failure: failure.key) == listed
    assert home.failure_count == len(listed)
    return listed


async def ledger(system: System, kind: Kind, id: str) -> dict[str, WindowRow]:
    page = await system.ask(subjects.LIST_WINDOWS, ListWindows(kind=kind, id=id))
    return {row.date.isoformat(): row for row in page.items}


async def list_notifications(system: System) -> list[Notification]:
    page = await system.ask(subjects.LIST_NOTIFICATIONS, ListNotifications())
    return [one for one in page.items if one.type == "automation-failure"]


def dates(failure: Failure) -> list[str]:
    return [date.isoformat() for date in failure.dates]


@pytest.mark.requirement("R-GEN-4")
@pytest.mark.requirement("R-NOT-3")
async def test_a_broken_template_is_one_alert_with_its_dates_and_its_neighbours_are_made(
    system: System, stored: Any
) -> None:
    broken, whole, slack = await daily_report(system), await daily_report(system), await slack_invites(system)
    await blank_the_first_step(stored, broken)
    for day in (2, 3, 4):
        await system.clock_to(f"2028-02-0{day} 09:00")
        [failure] = await failures(system)
        assert (failure.kind, failure.source_id, failure.title) == (Kind.TEMPLATE, broken, "Daily report")
        assert failure.error.code == "invalid_definition"
        assert "'write' has no description" in failure.error.message
        assert dates(failure) == [f"2028-02-0{number}" for number in range(2, day + 1)]
        assert (failure.windows, failure.attempts, failure.since) == (day - 1, day - 1, failure.since)
        last = (await system.home()).schedules
        assert (last.last_generated, last.last_skipped, last.last_failed) == (2, 0, 1)

    for date in ("2028-02-02", "2028-02-03", "2028-02-04"):
        made = await system.tasks_on(date)
        assert {task.recurring_config_id or task.template_id for task in made} == {whole, slack}
        assert (await ledger(system, Kind.TEMPLATE, broken))[date].outcome is Outcome.FAILED
    why = await system.ask(subjects.ASK_WHY, AskWhy(kind=Kind.TEMPLATE, id=broken, date=calendar_date("2028-02-03")))
    assert why.code is WhyCode.FAILED
    assert "'write' has no description" in why.sentence


@pytest.mark.requirement("R-REL-4")
async def test_a_failed_window_lies_among_the_dead_letters_with_all_that_is_needed_to_send_it_again(
    system: System, stored: Any
) -> None:
    broken = await daily_report(system)
    await blank_the_first_step(stored, broken)
    await system.clock_to("2028-02-02 09:00")
    [letter] = await system.dead_letters()
    assert letter["subject"] == f"dataops.window.due.template.{broken}.2028-02-02"
    assert (letter["reason"], letter["attempts"]) == ("invalid_definition", 1)
    assert "'write' has no description" in letter["message"]
    assert '"trigger":"schedule"' in letter["body"]

    await blank_the_first_step(stored, broken, "Write it")
    await system.publish_window(letter["subject"], letter["body"].encode())
    assert await failures(system) == []
    assert len(await system.tasks_on("2028-02-02")) == 1


@pytest.mark.requirement("R-REL-4")
async def test_lead_days_that_are_no_number_and_a_cron_that_cannot_be_read_fail_at_their_windows(
    system: System, stored: Any
) -> None:
    """Somebody wrote nonsense into the database behind everyone's back."""
    lead, cron, slack = await daily_report(system), await slack_invites(system), await slack_invites(system)
    touched = {"changed_at": Clock.wall()}
    await stored.templates.update_one({"_id": lead}, {"$set": {"timeline.0.lead_days": "banana", **touched}})
    await stored.recurring.update_one({"_id": cron}, {"$set": {"timeline.0.cron": "banana", **touched}})
    await system.clock_to("2028-02-03 09:00")
    found = {failure.source_id: (failure.error.code, dates(failure)) for failure in await failures(system)}
    assert found == {
        lead: ("invalid_lead", ["2028-02-02", "2028-02-03"]),
        cron: ("invalid_cron", ["2028-02-03"]),
    }
    assert [task.recurring_config_id for task in await system.tasks_on("2028-02-03")] == [slack]


@pytest.mark.requirement("R-NOT-3")
async def test_retrying_after_mending_makes_every_date_and_resolves_the_alert(system: System, stored: Any) -> None:
    broken = await daily_report(system)
    await blank_the_first_step(stored, broken)
    await system.clock_to("2028-02-02 09:00")
    await system.clock_to("2028-02-03 09:00")
    retry = RetryFailure(kind=Kind.TEMPLATE, source_id=broken, code="invalid_definition", actor="olivia")
    assert (await system.ask(subjects.RETRY_FAILURE, retry)).count == 2
    await system.windows_drained()
    [still] = await failures(system)
    assert (still.windows, still.attempts) == (2, 4), "nothing was mended: tried once more, still one alert"

    await blank_the_first_step(stored, broken, "Write it")
    assert (await system.ask(subjects.RETRY_FAILURE, retry)).count == 2
    await system.windows_drained()
    assert await failures(system) == []
    rows = await ledger(system, Kind.TEMPLATE, broken)
    assert {row.outcome for row in rows.values()} == {Outcome.GENERATED}
    assert {row.error for row in rows.values()} == {None}
    assert [len(await system.tasks_on(date)) for date in ("2028-02-02", "2028-02-03")] == [1, 1]
    refusal = await system.refused(subjects.RETRY_FAILURE, retry)
    assert refusal.code == "not_found"


@pytest.mark.requirement("R-NOT-3")
@pytest.mark.requirement("R-GEN-5")
async def test_a_failure_whose_anchor_somebody_served_by_hand_is_resolved_as_skipped_by_a_retry(
    system: System, stored: Any
) -> None:
    broken = await daily_report(system)
    await blank_the_first_step(stored, broken)
    await system.clock_to("2028-02-02 09:00")
    await blank_the_first_step(stored, broken, "Write it")
    by_hand = CreateBundle(template_id=broken, anchor_date=calendar_date("2028-02-02"))
    run = await system.ask(subjects.CREATE_BUNDLE, by_hand)
    retry = RetryFailure(kind=Kind.TEMPLATE, source_id=broken, code="invalid_definition")
    await system.ask(subjects.RETRY_FAILURE, retry)
    await system.windows_drained()

    assert await failures(system) == []
    row = (await ledger(system, Kind.TEMPLATE, broken))["2028-02-02"]
    assert (row.outcome, row.item_id, row.error) == (Outcome.SKIPPED, run.bundle.id, None)
    assert len(await system.tasks_on("2028-02-02")) == 1


@pytest.mark.requirement("R-PAU-4")
@pytest.mark.requirement("R-NOT-3")
async def test_what_a_deleted_template_could_not_make_is_off_the_list_with_the_name_of_who_deleted_it(
    system: System, stored: Any
) -> None:
    broken = await daily_report(system)
    await blank_the_first_step(stored, broken)
    await system.clock_to("2028-02-02 09:00")
    await system.ask(subjects.DELETE_TEMPLATE, DeleteTemplate(id=broken, actor="olivia"))
    assert await failures(system) == []
    row = (await ledger(system, Kind.TEMPLATE, broken))["2028-02-02"]
    assert (row.outcome, row.acknowledged_by, row.acknowledgement) == (Outcome.FAILED, "olivia", "It was deleted")


@pytest.mark.requirement("R-NOT-3")
async def test_acknowledging_takes_it_off_the_list_until_another_window_fails(system: System, stored: Any) -> None:
    broken = await daily_report(system)
    await blank_the_first_step(stored, broken)
    await system.clock_to("2028-02-02 09:00")
    note = AcknowledgeFailure(
        kind=Kind.TEMPLATE, source_id=broken, code="invalid_definition", note="Fixed next week", actor="olivia"
    )
    assert (await system.ask(subjects.ACKNOWLEDGE_FAILURE, note)).count == 1
    assert await failures(system) == []
    row = (await ledger(system, Kind.TEMPLATE, broken))["2028-02-02"]
    assert (row.outcome, row.acknowledged_by, row.acknowledgement) == (Outcome.FAILED, "olivia", "Fixed next week")
    question = HistoryFeed(kinds=("failure.acknowledged",))
    [entry] = (await system.ask(subjects.HISTORY_FEED, question)).items
    assert (entry.actor, entry.template_id, entry.data["note"]) == ("olivia", broken, "Fixed next week")

    await system.clock_to("2028-02-03 09:00")
    [failure] = await failures(system)
    assert dates(failure) == ["2028-02-03"], "what was acknowledged stays acknowledged"
    await system.publish_window(f"dataops.window.due.template.{broken}.2028-02-02")
    [failure] = await failures(system)
    assert dates(failure) == ["2028-02-02", "2028-02-03"], "unless it fails again"


@pytest.mark.requirement("R-NOT-1")
@pytest.mark.requirement("R-NOT-3")
async def test_what_fails_again_after_it_was_acknowledged_is_told_anew_and_once(system: System, stored: Any) -> None:
    broken = await daily_report(system)
    await blank_the_first_step(stored, broken)
    await system.clock_to("2028-02-02 09:00")
    [first] = await list_notifications(system)
    note = AcknowledgeFailure(kind=Kind.TEMPLATE, source_id=broken, code="invalid_definition", note="Fixed tonight")
    await system.ask(subjects.ACKNOWLEDGE_FAILURE, note)
    assert await list_notifications(system) == []

    await system.clock_to("2028-02-02 18:00")
    await system.publish_window(f"dataops.window.due.template.{broken}.2028-02-02")
    [again] = await list_notifications(system)
    [opened] = await failures(system)
    assert (again.id != first.id, opened.since >= instant("2028-02-02 18:00")) == (True, True)
    retry = RetryFailure(kind=Kind.TEMPLATE, source_id=broken, code="invalid_definition")
    for day in (3, 4):
        await system.clock_to(f"2028-02-0{day} 09:00")
        await system.ask(subjects.RETRY_FAILURE, retry)
        await system.windows_drained()
        [failure] = await failures(system)
        assert (failure.windows, failure.since) == (day - 1, opened.since)
        assert [one.id for one in await list_notifications(system)] == [again.id]


@pytest.mark.requirement("R-NOT-3")
async def test_what_is_not_open_can_be_neither_acknowledged_nor_retried(system: System, stored: Any) -> None:
    """The neighbour of a real failure, its other causes, and outages when there was none."""
    broken, slack = await daily_report(system), await slack_invites(system)
    await blank_the_first_step(stored, broken)
    await system.clock_to("2028-02-02 09:00")
    for kind, id, code in (
        (Kind.TEMPLATE, broken, "invalid_cron"),
        (Kind.TEMPLATE, "nobody", "invalid_definition"),
        (Kind.RECURRING, broken, "invalid_definition"),
        (Kind.RECURRING, slack, "invalid_definition"),
    ):
        note = AcknowledgeFailure(kind=kind, source_id=id, code=code, note="x")
        assert (await system.refused(subjects.ACKNOWLEDGE_FAILURE, note)).code == "not_found"
        retry = RetryFailure(kind=kind, source_id=id, code=code)
        assert (await system.refused(subjects.RETRY_FAILURE, retry)).code == "not_found"
    missed = AcknowledgeFailure(code="missed", note="x")
    assert (await system.refused(subjects.ACKNOWLEDGE_FAILURE, missed)).code == "not_found"
    assert len(await failures(system)) == 1


async def report_an_outage(system: System, slack: str) -> None:
    windows = [Window(kind=Kind.RECURRING, source_id=slack, date=calendar_date(f"2028-02-0{day}")) for day in (2, 3, 4)]
    outage = ReportIncident(
        incident=Incident.OUTAGE,
        since=instant("2028-02-02 08:30"),
        until=instant("2028-02-12 08:30"),
        missed=windows[2:],
    )
    for _ in range(2):
        await system.ask(subjects.REPORT_INCIDENT, outage.model_copy(update={"missed": windows[:2], "more": True}))
        await system.ask(subjects.REPORT_INCIDENT, outage)


@pytest.mark.requirement("R-REL-1")
async def test_windows_too_old_to_be_made_are_one_alert_that_a_backfill_resolves(idle: System) -> None:
    system = idle
    await system.start(Service.WORK)
    slack = await slack_invites(system)
    await system.set_clock("2028-02-12 08:30")
    await report_an_outage(system, slack)
    [failure] = await failures(system)
    assert (failure.kind, failure.source_id, failure.error.code) == (None, None, "missed")
    assert (failure.title, failure.windows) == ("3 windows of 1 schedule", 3)
    assert dates(failure) == ["2028-02-02", "2028-02-03", "2028-02-04"]
    rows = await ledger(system, Kind.RECURRING, slack)
    assert {date: (row.outcome, row.late) for date, row in rows.items()} == dict.fromkeys(
        ["2028-02-04", "2028-02-03", "2028-02-02"], (Outcome.MISSED, True)
    )
    question = HistoryFeed(kinds=("incident.reported",))
    [incident] = (await system.ask(subjects.HISTORY_FEED, question)).items
    assert (incident.data["incident"], incident.data["missed"]) == ("outage", 3), "told twice, kept once"

    some = Generate(start_date=calendar_date("2028-02-02"), end_date=calendar_date("2028-02-03"), source_ids=[slack])
    assert len((await system.ask(subjects.GENERATE, some)).tasks) == 2
    assert [dates(failure) for failure in await failures(system)] == [["2028-02-04"]]
    rest = some.model_copy(update={"end_date": calendar_date("2028-02-04")})
    reply = await system.ask(subjects.GENERATE, rest)
    assert (len(reply.tasks), reply.skipped_tasks) == (1, 2)
    assert await failures(system) == []
    assert {row.outcome for row in (await ledger(system, Kind.RECURRING, slack)).values()} == {Outcome.GENERATED}


@pytest.mark.requirement("R-REL-1")
async def test_an_outage_is_acknowledged_by_its_own_name_only(idle: System) -> None:
    system = idle
    await system.start(Service.WORK)
    slack = await slack_invites(system)
    await system.set_clock("2028-02-12 08:30")
    await report_an_outage(system, slack)
    for wrong in (
        AcknowledgeFailure(code="invalid_cron", note="x"),
        AcknowledgeFailure(kind=Kind.RECURRING, code="missed", note="x"),
    ):
        assert (await system.refused(subjects.ACKNOWLEDGE_FAILURE, wrong)).code == "not_found"
    note = AcknowledgeFailure(code="missed", note="Done by hand", actor="olivia")
    assert (await system.ask(subjects.ACKNOWLEDGE_FAILURE, note)).count == 3
    assert await failures(system) == []
    rows = await ledger(system, Kind.RECURRING, slack)
    assert {(row.outcome, row.acknowledgement) for row in rows.values()} == {(Outcome.MISSED, "Done by hand")}


@pytest.mark.requirement("R-REL-4")
async def test_an_unexpected_error_is_a_failure_after_five_tries_and_stops_nobody_else(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    cursed, slack = await slack_invites(system), await slack_invites(system)
    tries = 0

    def sometimes_raises(config: Any, *others: Any, **named: Any) -> Any:
        nonlocal tries
        if config.id == cursed:
            tries += 1
            raise RuntimeError("no unicorn at https://" + "grace:hunter2@stable.example/")
        return making.recurring_task(config, *others, **named)

    monkeypatch.setattr(generator, "recurring_task", sometimes_raises)
    await system.clock_to("2028-02-02 09:00")
    [failure] = await failures(system)
    assert (failure.source_id, failure.error.code, dates(failure)) == (cursed, "unexpected", ["2028-02-02"])
    assert failure.error.message == "RuntimeError: no unicorn at https://stable.example/"
    assert failure.attempts == 5
    assert tries >= 5
    [letter] = await system.dead_letters()
    assert (letter["reason"], letter["attempts"]) == ("unexpected", 5)
    assert letter["message"] == failure.error.message
    assert [task.recurring_config_id for task in await system.tasks_on("2028-02-02")] == [slack]

    monkeypatch.undo()
    retry = RetryFailure(kind=Kind.RECURRING, source_id=cursed, code="unexpected")
    assert (await system.ask(subjects.RETRY_FAILURE, retry)).count == 1
    await system.windows_drained()
    assert await failures(system) == []
    assert len(await system.tasks_on("2028-02-02")) == 2


class Death(BaseException):
    """Ends a worker on the spot: nothing that it held is acknowledged."""


@pytest.fixture
async def mortal(idle: System) -> AsyncGenerator[System]:
    """However the test ends, no death reaches pytest, which would leave fixtures of later tests behind."""
    yield idle
    with suppress(Death):
        await idle.stop(*idle.running)


@pytest.mark.requirement("R-REL-4")
async def test_a_message_that_kills_its_worker_ends_as_a_failure_and_its_neighbours_are_made(
    mortal: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "ACK_WAIT_SECONDS", 1.0)  # what a dead worker held comes back sooner
    system = mortal
    await system.start(Service.WORK)
    duties = [await slack_invites(system) for _ in range(3)]
    killer = duties[1]
    deaths: asyncio.Queue[None] = asyncio.Queue()
    handle = Generator.handle

    async def deadly(self: Generator, asked: list[Asked]) -> list[Handled]:
        if any(one.window.source_id == killer for one in asked):
            deaths.put_nowait(None)
            raise Death
        return await handle(self, asked)

    monkeypatch.setattr(Generator, "handle", deadly)
    for duty in duties:
        await system.client.jetstream().publish(f"dataops.window.due.recurring.{duty}.2028-02-03", b"")

    async def is_given_up() -> bool:
        return (await system.client.jetstream().stream_info(streams.DEAD_LETTERS)).state.messages > 0

    async def survives() -> None:
        await eventually(is_given_up, within=60)

    given_up = asyncio.create_task(survives())
    died = 0
    while not given_up.done():
        death = asyncio.create_task(deaths.get())
        await asyncio.wait([given_up, death], return_when=asyncio.FIRST_COMPLETED)
        if death.done():
            died += 1
            await system.dies(Service.WORK)
            with suppress(Death):
                await system.stop(Service.WORK)
            with suppress(Death):  # the next one may come before it is ready
                await system.start(Service.WORK)
        death.cancel()
    await given_up
    await system.windows_drained()

    [letter] = await system.dead_letters()
    assert (letter["subject"], letter["reason"]) == (
        f"dataops.window.due.recurring.{killer}.2028-02-03",
        "kills_worker",
    )
    assert letter["attempts"] == died + 1
    assert 5 <= died <= 10, "some deaths together with its neighbours, five alone"
    [failure] = await failures(system)
    assert (failure.source_id, failure.error.code, dates(failure)) == (killer, "kills_worker", ["2028-02-03"])
    assert failure.attempts >= 5
    made = sorted(task.recurring_config_id or "" for task in await system.tasks_on("2028-02-03"))
    assert made == sorted([duties[0], duties[2]])

    monkeypatch.undo()
    retry = RetryFailure(kind=Kind.RECURRING, source_id=killer, code="kills_worker")
    assert (await system.ask(subjects.RETRY_FAILURE, retry)).count == 1
    await system.windows_drained()
    assert await failures(system) == []


@pytest.mark.requirement("R-GEN-4")
@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("proof_requirement", {"type": "banana"}, "proofRequirement.type must be 'url'"),
        ("tags", "banana", "tags"),
        ("description", None, "description"),
        ("timeline.0.enabled", "banana", "enabled"),
        ("timeline.0.cron", None, "cron"),
    ],
)
async def test_a_config_that_cannot_be_read_fails_alone(
    system: System, stored: Any, field: str, value: Any, named: str
) -> None:
    """It stops neither the scheduler nor a list nor Home, and it can be mended where it was broken."""
    broken, slack = await slack_invites(system), await slack_invites(system)
    before = await stored.recurring.find_one({"_id": broken})
    touched = {"changed_at": Clock.wall()}
    await stored.recurring.update_one({"_id": broken}, {"$set": {field: value, **touched}})
    await system.clock_to("2028-02-03 09:00")
    assert {task.recurring_config_id for task in await system.tasks_on("2028-02-03")} == {slack}
    [failure] = await failures(system)
    assert (failure.source_id, failure.error.code[:7]) == (broken, "invalid")
    assert named in failure.error.message
    assert {row.id for row in (await system.ask(subjects.LIST_SCHEDULES, ListSchedules())).items} >= {broken, slack}
    assert {one.id for one in (await system.ask(subjects.LIST_RECURRING, ListRecurring())).items} == {broken, slack}

    await stored.recurring.replace_one({"_id": broken}, {**before, **touched})
    retry = RetryFailure(kind=Kind.RECURRING, source_id=broken, code=failure.error.code)
    await system.ask(subjects.RETRY_FAILURE, retry)
    await system.windows_drained()
    assert await failures(system) == []


@pytest.mark.requirement("R-GEN-4")
@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("task_definitions", "banana", "taskDefinitions must be a list"),
        ("name", None, "name must be text"),
        ("task_definitions.0.offset_days", "soon", "taskDefinitions[0].offsetDays must be a whole number"),
    ],
)
async def test_a_template_that_cannot_be_read_fails_alone(
    system: System, stored: Any, field: str, value: Any, fault: str
) -> None:
    broken, whole = await daily_report(system), await daily_report(system)
    await stored.templates.update_one({"_id": broken}, {"$set": {field: value}})
    await system.clock_to("2028-02-02 09:00")
    assert {task.template_id for task in await system.tasks_on("2028-02-02")} == {whole}
    [failure] = await failures(system)
    assert (failure.source_id, failure.error.code) == (broken, "invalid_definition")
    assert failure.error.message == fault
    assert {one.id for one in (await system.ask(subjects.LIST_TEMPLATES, ListTemplates())).items} == {broken, whole}


@pytest.mark.requirement("R-HOM-3")
async def test_a_thousand_alerts_are_counted_on_home_and_listed_whole(system: System, stored: Any) -> None:
    """As when a bad import breaks every schedule for a month: no reply may outgrow the broker."""
    first = await slack_invites(system)
    config = await stored.recurring.find_one({"_id": first})
    ids = [f"config-{number:04}" for number in range(1_000)]
    await stored.recurring.insert_many([{**config, "_id": id} for id in ids])
    await stored.windows.insert_many([failed_row(id, day) for id in ids for day in range(1, 31)])
    home = await system.home()
    assert (home.failure_count, len(home.failures)) == (1_000, 50)
    question, listed, pages = ListFailures(), list[Failure](), 0
    while question is not None:
        page = await system.ask(subjects.LIST_FAILURES, question)
        pages += 1
        listed += page.items
        question = ListFailures(after=page.after) if page.after else None
    assert [failure.source_id for failure in listed] == ids
    assert {len(failure.dates) for failure in listed} == {30}
    assert pages > 1


def failed_row(source_id: str, day: int) -> dict[str, Any]:
    at = instant(f"2028-01-{day:02} 09:00")
    return {
        "_id": f"recurring:{source_id}:2028-01-{day:02}",
        "kind": "recurring",
        "source_id": source_id,
        "date": f"2028-01-{day:02}",
        "opened_at": at,
        "late": False,
        "outcome": "failed",
        "trigger": "schedule",
        "attempts": 1,
        "generated": 0,
        "skipped": 0,
        "error": {"code": "unexpected", "message": "y" * 500},
        "open": True,
        "first_at": at,
        "last_at": at,
    }
