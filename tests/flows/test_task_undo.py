"""An undo restores the task and its runs, whatever was done before; and whatever was done exports and imports."""

import asyncio
import itertools
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as hypothesis_settings

from contracts import subjects
from contracts.runs import CreateBundle
from contracts.templates import CreateTemplate
from contracts.transfer.imports import ImportVerdict
from contracts.values import Service
from services.portal.auth.access import Role
from services.portal.auth.accounts import By
from tests.flows.exporting import bodies, export, portal_store, take_in, valid
from tests.flows.task_life import Act, Records, World, exported, lives, make, take_back
from tests.system import System

pytestmark = [
    pytest.mark.requirement("R-HOM-4"),
    pytest.mark.requirement("R-EXP-5"),
    pytest.mark.filterwarnings("ignore:Do not use the .random. module inside strategies"),
]
NOW = "2028-02-02 08:00"
EVENT = {
    "name": "Event",
    "type": "event",
    "bundleLinkDefinitions": [{"name": "Page"}, {"name": "Luma"}],
    "taskDefinitions": [
        {
            "refId": f"step-{stage}",
            "description": "Announce it",
            "offsetDays": days,
            "requiredLinkName": "Page",
            "stageOnComplete": stage,
        }
        for stage, days in (("announced", -20), ("done", 2))
    ],
}
NEVER_UNDONE = ("task.reopened", "task.restored")
BUILT_UPON = "another task was completed with its link"


async def begin(system: System) -> World:
    """Two runs with two steps each, one of them with a link that has no address yet, and two tasks that stand alone."""
    await system.begin_again(NOW, Service.WORK, Service.NOTIFIER)
    async with portal_store(system) as store:
        ada = await store.accounts.add(email="ada@example.org", name="Ada", role=Role.ADMIN, password_hash="x", by=By())
    assert ada is not None
    template = await system.ask(subjects.CREATE_TEMPLATE, CreateTemplate.model_validate(EVENT))
    tasks, named = list[str](), {"ada": ada.id}
    for number, anchor in enumerate(("2028-02-20", "2028-03-20")):
        new = CreateBundle.model_validate({"templateId": template.id, "anchorDate": anchor})
        started = await system.ask(subjects.CREATE_BUNDLE, new)
        named[f"run-{number}"] = started.bundle.id
        tasks += started.task_ids or []
    for date in ("2028-01-20", "2028-02-09"):
        new_task = {"description": "Invite", "date": date, "requiredLinkName": "Page"}
        task = await system.ask(subjects.CREATE_TASK, subjects.CREATE_TASK.request.model_validate(new_task))
        tasks.append(task.task.id)
    return World(tasks, named)


async def live(system: System, life: list[Act], place: Path) -> Counter[str]:
    """What became of the acts: by command, how many were taken back."""
    world, counted = await begin(system), Counter[str]()
    for act in life:
        before = await exported(system, world)
        if not await make(system, world, act):
            counted["refused"] += 1
            continue
        after = await exported(system, world)
        if after == before:
            counted["nothing to undo"] += 1
            continue
        refused = await take_back(system, world, act)
        now = await exported(system, world)
        if refused is not None:
            assert now == after, (act, refused)
            kind = await last_kind(system, world, act)
            assert kind in NEVER_UNDONE or BUILT_UPON in refused.message, (act, kind, refused)
            counted["never undone"] += 1
            continue
        assert differences(before, now) == {}, act
        counted[act.request.subject.rpartition(".")[2]] += 1
        again = await take_back(system, world, act)
        assert again is not None, "an undo is not undone"
        if act.kept:
            assert await make(system, world, act), act
    await travels(system, place)
    return counted


def differences(before: Records, now: Records) -> dict[str, tuple[object, object]]:
    assert before.keys() == now.keys()
    return {
        f"{entity} {name}": (before[entity, id].get(name), now[entity, id].get(name))
        for entity, id in before
        for name in before[entity, id].keys() | now[entity, id].keys()
        if before[entity, id].get(name) != now[entity, id].get(name)
    }


async def last_kind(system: System, world: World, act: Act) -> str:
    id = world.tasks[act.number % len(world.tasks)]
    page = await system.ask(subjects.TASK_HISTORY, subjects.TASK_HISTORY.request(id=id, newest_first=True))
    return next((row.kind for row in page.items if row.kind.startswith("task.")), "none")


async def travels(system: System, place: Path) -> None:
    """The export is valid, is taken in whole by an empty system, and is the same when exported again."""
    await asyncio.to_thread(place.mkdir)
    await export(system, place / "first")
    valid(place / "first")
    await system.begin_again(NOW, Service.WORK, Service.NOTIFIER)
    tally = await take_in(system, place / "first")
    assert tally.total(ImportVerdict.INSERTED) == tally.records, tally.reasons
    await export(system, place / "second")
    came_back = bodies(place / "second")
    for name, body in bodies(place / "first").items():
        assert came_back[name].splitlines() == body.splitlines(), name


async def live_often(system: System, place: Path, *, lived: int) -> None:
    loop, numbers, counted = asyncio.get_running_loop(), itertools.count(), Counter[str]()

    @seed(2028)
    @hypothesis_settings(
        max_examples=lived,
        deadline=None,
        database=None,
        print_blob=True,
        phases=[Phase.explicit, Phase.generate, Phase.shrink] if lived > 10 else [Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(life=lives)
    def one(life: list[Act]) -> None:
        lived_through = live(system, life, place / str(next(numbers)))
        counted.update(asyncio.run_coroutine_threadsafe(lived_through, loop).result())

    await asyncio.to_thread(one)
    print(dict(counted.most_common()))
    assert counted.keys() >= {"update", "complete", "wait", "comment"}, "it proves nothing: too little was undone"


async def test_undo_restores_the_exported_record(system: System, tmp_path: Path) -> None:
    await system.stop(Service.SCHEDULER)
    await live_often(system, tmp_path, lived=4)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
async def test_undo_restores_the_record_for_long(system: System, tmp_path: Path) -> None:
    await system.stop(Service.SCHEDULER)
    await live_often(system, tmp_path, lived=300)
