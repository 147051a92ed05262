"""A template's window makes one run with all its tasks, dated from the anchor; running again changes nothing."""

import datetime as dt

import pytest

from contracts import subjects
from contracts.duties import CreateStandardDuties
from contracts.generation import Generate, GenerateToday
from contracts.notifications import ListNotifications
from contracts.runs import Bundle, GetBundle
from contracts.tasks import ListTasks
from contracts.values import calendar_date
from tests.system import System


async def only_run(system: System, name: str) -> Bundle:
    """The run of that name on Home, whole: a card leaves out what only the run's page shows."""
    home = await system.home()
    bundles = [card.bundle for card in [*home.at_risk.cards, *home.active.cards]]
    [bundle] = [bundle for bundle in bundles if bundle.title.startswith(name)]
    return await system.ask(subjects.GET_BUNDLE, GetBundle(id=bundle.id))


@pytest.mark.requirement("R-GEN-2")
@pytest.mark.requirement("R-GEN-8")
async def test_newsletter_from_template_schedule(system: System) -> None:
    await system.ask(subjects.CREATE_STANDARD_DUTIES, CreateStandardDuties())
    await system.clock_to("2028-02-07 09:00")
    bundle = await only_run(system, "Newsletter")
    assert (bundle.title, bundle.anchor_date) == ("Newsletter - Mon 21 Feb 2028", dt.date(2028, 2, 21))
    assert [link.name for link in bundle.bundle_links or []] == [
        "Sponsorship document",
        "Mailchimp newsletter",
        "LinkedIn",
        "X",
    ]
    tasks = (await system.ask(subjects.LIST_TASKS, ListTasks(bundle_id=bundle.id))).items
    offsets = sorted((task.date - bundle.anchor_date).days for task in tasks)
    assert offsets == [-14, -14, -13, -12, -11, -10, -9, -8, -1, 0, 1, 2, 3, 7, 7]
    assert {(task.source, task.template_id) for task in tasks} == {("template", bundle.template_id)}

    home = await system.home()
    due = {row.task.description for row in home.due_today.rows if row.task.bundle_id == bundle.id}
    assert due == {"Create the sponsorship document", "E-mail the sponsor with the document"}


@pytest.mark.requirement("R-NOT-2")
async def test_a_run_made_by_schedule_is_explained_by_one_notification(system: System) -> None:
    await system.ask(subjects.CREATE_STANDARD_DUTIES, CreateStandardDuties())
    await system.clock_to("2028-02-07 09:00")
    bundle = await only_run(system, "Newsletter")
    for _ in range(2):
        page = await system.ask(subjects.LIST_NOTIFICATIONS, ListNotifications())
        [notification] = [one for one in page.items if one.bundle_id == bundle.id]
        assert notification.type == "stage-change"
        assert "Newsletter" in notification.message
        assert notification.template_id == bundle.template_id


@pytest.mark.requirement("R-GEN-2")
@pytest.mark.requirement("R-GEN-3")
async def test_monthly_tax_report_is_idempotent(system: System) -> None:
    await system.ask(subjects.CREATE_STANDARD_DUTIES, CreateStandardDuties())
    await system.clock_to("2028-03-01 09:00")
    bundle = await only_run(system, "Monthly tax report")
    tasks = (await system.ask(subjects.LIST_TASKS, ListTasks(bundle_id=bundle.id))).items
    assert len(tasks) == 9

    first = calendar_date("2028-03-01")
    again = await system.ask(subjects.GENERATE_TODAY, GenerateToday())
    assert again.bundles == []
    assert again.skipped_bundles == 1
    await system.ask(subjects.GENERATE, Generate(start_date=first, end_date=first))
    await system.publish_window(f"dataops.window.due.template.{bundle.template_id}.2028-03-01")
    assert (await only_run(system, "Monthly tax report")).id == bundle.id
    assert (await system.ask(subjects.LIST_TASKS, ListTasks(bundle_id=bundle.id))).items == tasks
