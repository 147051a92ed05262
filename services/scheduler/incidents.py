"""Reporting to work what happened to time or to the broker; work keeps each incident once, however often told."""

from collections.abc import Sequence

from nats.aio.client import Client

from contracts.generation import ReportIncident
from contracts.subjects import REPORT_INCIDENT
from contracts.values import Incident, Window
from services.kit.broker import ask
from services.scheduler.store import Span

_WINDOWS_A_REPORT = 1_000


async def report(
    client: Client, incident: Incident, span: Span, *, made_late: int = 0, missed: Sequence[Window] = ()
) -> None:
    """Returns when all parts are kept. Raises Unavailable or Refused."""
    for start in range(0, max(len(missed), 1), _WINDOWS_A_REPORT):
        part = ReportIncident(
            incident=incident,
            since=span.since,
            until=span.until,
            made_late=made_late,
            missed=list(missed[start : start + _WINDOWS_A_REPORT]),
            more=start + _WINDOWS_A_REPORT < len(missed),
        )
        await ask(client, REPORT_INCIDENT, part)
