"""Whatever people did: the export is valid, imports into an empty system, and is the same when exported again."""

import asyncio
import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as hypothesis_settings

from contracts import subjects
from contracts.notifications import DismissAllNotifications, ListNotifications
from contracts.transfer.imports import ImportVerdict
from contracts.values import Service
from services.exports.validator import validate
from services.portal.auth.access import Role
from services.portal.auth.accounts import By
from tests.flows.exporting import bodies, export, portal_store, take_in
from tests.flows.random_life import Known, Move, lives
from tests.stored import undeclared_fields
from tests.system import System

pytestmark = [
    pytest.mark.requirement("R-EXP-5"),
    # The system runs beside Hypothesis, in another thread: what it draws from `random` is none of the strategies'.
    pytest.mark.filterwarnings("ignore:Do not use the .random. module inside strategies"),
]
NOW = "2028-02-04 12:00"


async def round_trip(system: System, life: list[Move], place: Path) -> int:
    """How many records travelled."""
    first, second = place / "first", place / "second"
    await asyncio.to_thread(place.mkdir)
    await system.begin_again("2028-02-02 08:00", Service.WORK, Service.NOTIFIER)
    async with portal_store(system) as store:
        ada = await store.accounts.add(email="ada@example.org", name="Ada", role=Role.ADMIN, password_hash="x", by=By())
    known = Known()
    for move in life:
        await move.make(system, known)
    await system.set_clock(NOW)
    await notified(system, ada.id if ada else "", dismissed=len(life) % 3 == 0)
    assert await undeclared_fields(system.settings) == []
    await export(system, first)
    report = validate(first)
    assert [fault.message for fault in report.faults.errors] == []

    await system.begin_again(NOW, Service.WORK, Service.NOTIFIER)
    tally = await take_in(system, first)
    assert tally.total(ImportVerdict.INSERTED) == tally.records, tally.reasons
    assert await undeclared_fields(system.settings) == []
    await export(system, second)
    came_back = bodies(second)
    for name, body in bodies(first).items():
        assert came_back[name].splitlines() == body.splitlines(), name
    again = await take_in(system, first)
    assert again.total(ImportVerdict.UNCHANGED) == again.records
    return tally.records


async def notified(system: System, user_id: str, *, dismissed: bool) -> None:
    """Have the notifier tell what there is to tell, and perhaps somebody put it all aside."""
    await system.ask(subjects.LIST_NOTIFICATIONS, ListNotifications(user_id=user_id))
    if dismissed:
        await system.ask(subjects.DISMISS_ALL, DismissAllNotifications(actor=user_id))


async def round_trips(system: System, place: Path, *, lived: int) -> None:
    loop, numbers, records = asyncio.get_running_loop(), itertools.count(), list[int]()

    @seed(2028)
    @hypothesis_settings(
        max_examples=lived,
        deadline=None,
        database=None,
        print_blob=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(life=lives)
    def live(life: list[Move]) -> None:
        trip = round_trip(system, life, place / str(next(numbers)))
        records.append(asyncio.run_coroutine_threadsafe(trip, loop).result())

    await asyncio.to_thread(live)
    print(f"{len(records)} lives, {sum(records)} records")


async def test_what_people_did_comes_back_as_it_was(system: System, tmp_path: Path) -> None:
    await system.stop(Service.SCHEDULER)
    await round_trips(system, tmp_path, lived=4)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
async def test_and_so_it_does_for_a_long_while(system: System, tmp_path: Path) -> None:
    await system.stop(Service.SCHEDULER)
    await round_trips(system, tmp_path, lived=400)
