"""Running today's generation by hand, and what replies say of a cron expression."""

from litestar import post
from litestar.di import NamedDependency

from contracts.cron.expression import CronError, CronExpression
from contracts.generation import Generated, GenerateToday
from contracts.subjects import GENERATE_TODAY
from contracts.values import Model
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.owners import Owners
from services.portal.schedules import messages


class TemplatesRun(Model):
    """``recovered`` stays 0: a bundle is written whole or not at all."""

    created: list[str]
    skipped: int
    recovered: int


class RecurringRun(Model):
    generated: list[str]
    skipped: int


class RunReply(Model):
    created: list[str]
    skipped: int
    templates: TemplatesRun
    recurring: RecurringRun
    failures: int


@post("/api/cron/run", opt=OPERATOR, status_code=200, summary="Generate what is due today")
async def run_cron(owners: NamedDependency[Owners], viewer: NamedDependency[Viewer]) -> RunReply:
    """Generates what every schedule has for today, as the scheduler does. What exists is skipped, and one failure stops
    no other schedule."""
    return _reply([page async for page in owners.pages(GENERATE_TODAY, GenerateToday(actor=viewer.user.id))])


def cron_warnings(field: str, cron: str, what_is_made: str) -> list[str]:
    """What a valid expression may not mean as it was meant, in whole lines that name the ``field``; of one that an
    import brought and that cannot be read, why."""
    try:
        expression = CronExpression.parse(cron)
    except CronError as error:
        return [f"{field}: {error}"]
    lines = [messages.fires_several_times(field, what_is_made)] if expression.fires_more_than_once_a_day else []
    return [*lines, *(f"{field}: {hint}" for hint in expression.hints())]


def _reply(pages: list[Generated]) -> RunReply:
    bundles = [bundle.id for page in pages for bundle in page.bundles]
    tasks = [task.id for page in pages for task in page.tasks]
    skipped_bundles = sum(page.skipped_bundles for page in pages)
    skipped_tasks = sum(page.skipped_tasks for page in pages)
    return RunReply(
        created=bundles,
        skipped=skipped_bundles + skipped_tasks,
        templates=TemplatesRun(created=bundles, skipped=skipped_bundles, recovered=0),
        recurring=RecurringRun(generated=tasks, skipped=skipped_tasks),
        failures=sum(len(page.failed) for page in pages),
    )
