"""One id leads from the line of a request in the portal's log to what the owner logged on its account."""

import pytest
import structlog
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.testing import LogCapture

from contracts import subjects
from contracts.generation import Generate
from contracts.recurring import CreateRecurring
from contracts.values import calendar_date
from services.kit.logs import without_secrets
from tests.system import System


@pytest.mark.requirement("R-GEN-5")
async def test_what_the_owner_logs_carries_the_id_of_the_request(system: System) -> None:
    duty = CreateRecurring(description="Slack invites", cron_expression="0 9 * * *")
    id = (await system.ask(subjects.CREATE_RECURRING, duty)).id
    date = calendar_date("2028-02-02")
    some = Generate(start_date=date, end_date=date, source_ids=[id])
    captured = LogCapture()
    structlog.configure(processors=[merge_contextvars, without_secrets, captured])
    try:
        with bound_contextvars(request_id="3f0e2b1c9d1e4c57"):
            await system.ask(subjects.GENERATE, some)
        await system.ask(subjects.GENERATE, some)
    finally:
        structlog.reset_defaults()
    requested = [entry for entry in captured.entries if entry["event"] == "windows.requested"]
    assert [entry.get("request_id") for entry in requested] == ["3f0e2b1c9d1e4c57", None]
