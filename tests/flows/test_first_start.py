"""What the first start of ``dataops up`` creates, also when it is interrupted and done again."""

from contracts.duties import CreateStandardDuties
from contracts.subjects import CREATE_STANDARD_DUTIES
from services.cli.commands.seed import create_demo_users, create_first_work
from tests.system import System


async def new_duties(system: System) -> int:
    """How many of the standard duties are still to be created."""
    report = await system.ask(CREATE_STANDARD_DUTIES, CreateStandardDuties(dry_run=True))
    return sum(duty.is_new for duty in report.duties)


async def test_first_work_is_created_once_after_an_interruption(system: System) -> None:
    users = await create_demo_users(system.settings)
    assert [user.email for user in users] == ["operator@dataops.local", "admin@dataops.local"]
    assert await new_duties(system) == 9
    assert await create_demo_users(system.settings) == [], "passwords are shown once"
    await create_first_work(system.settings)
    assert await new_duties(system) == 0
    made = (await system.home()).due_today.count
    assert made
    await create_first_work(system.settings)
    assert (await new_duties(system), (await system.home()).due_today.count) == (0, made)


async def test_first_work_is_not_created_for_other_users(system: System) -> None:
    await create_first_work(system.settings)
    assert await new_duties(system) == 9
