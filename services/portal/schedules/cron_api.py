"""Running today's generation by hand, and what replies say of a cron expression."""

from litestar import post
from litestar.di import NamedDependency

from contracts.commands import GenerateToday
from contracts.cron.expression import CronError, CronExpression
from contracts.subjects import GENERATE_TODAY
from contracts.views import Generated
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.http.bodies import JsonObject
from services.portal.owners import Owners


@post("/api/cron/run", opt=OPERATOR, status_code=200)
async def run_cron(owners: NamedDependency[Owners], viewer: NamedDependency[Viewer]) -> JsonObject:
    """Every schedule that fires today; what is there already is skipped, and one failure stops no other."""
    return _reply([page async for page in owners.pages(GENERATE_TODAY, GenerateToday(actor=viewer.user.id))])


def cron_warnings(field: str, cron: str, what_is_made: str) -> list[str]:
    """What a valid expression may not mean as it was meant, in whole lines that name the ``field``; of one that an
    import brought and that cannot be read, why."""
    try:
        expression = CronExpression.parse(cron)
    except CronError as error:
        return [f"{field}: {error}"]
    several = f"{field} fires more than once a day; one {what_is_made} for each date"
    lines = [several] if expression.fires_more_than_once_a_day else []
    return [*lines, *(f"{field}: {hint}" for hint in expression.hints())]


def _reply(pages: list[Generated]) -> JsonObject:
    """``recovered`` stays 0: a bundle is written whole or not at all."""
    bundles = [bundle.id for page in pages for bundle in page.bundles]
    skipped_bundles = sum(page.skipped_bundles for page in pages)
    skipped_tasks = sum(page.skipped_tasks for page in pages)
    return {
        "created": bundles,
        "skipped": skipped_bundles + skipped_tasks,
        "templates": {"created": bundles, "skipped": skipped_bundles, "recovered": 0},
        "recurring": {"generated": [task.id for page in pages for task in page.tasks], "skipped": skipped_tasks},
        "failures": sum(len(page.failed) for page in pages),
    }
