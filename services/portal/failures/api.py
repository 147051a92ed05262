"""Open automation failures over JSON: the list, retrying one, acknowledging one with a note."""

from typing import Any

from litestar import Request, get, post
from litestar.di import NamedDependency

from contracts.commands import AcknowledgeFailure, RetryFailure
from contracts.queries import ListFailures
from contracts.subjects import ACKNOWLEDGE_FAILURE, LIST_FAILURES, RETRY_FAILURE
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.http.bodies import JsonObject, json_object, read_model, shown
from services.portal.owners import Owners

AnyRequest = Request[Any, Any, Any]


@get("/api/failures", opt=OPERATOR)
async def list_failures(owners: NamedDependency[Owners]) -> JsonObject:
    """The latest to open first, as on Home."""
    pages = owners.pages(LIST_FAILURES, ListFailures())
    failures = [failure async for page in pages for failure in page.items]
    return {"failures": [shown(failure) for failure in sorted(failures, key=lambda one: one.place)]}


@post("/api/failures/retries", opt=OPERATOR, status_code=202)
async def retry_failure(
    request: AnyRequest, owners: NamedDependency[Owners], viewer: NamedDependency[Viewer]
) -> JsonObject:
    """``kind``, ``sourceId`` and ``code`` name the failure; its windows are published again."""
    command = read_model(RetryFailure, {**await _named(request), "actor": viewer.user.id})
    return {"windows": (await owners.ask(RETRY_FAILURE, command)).count}


@post("/api/failures/acknowledgements", opt=OPERATOR, status_code=200)
async def acknowledge_failure(
    request: AnyRequest, owners: NamedDependency[Owners], viewer: NamedDependency[Viewer]
) -> JsonObject:
    """With a ``note``. Without ``kind`` and ``sourceId`` it is the windows that an outage left unmade."""
    command = read_model(AcknowledgeFailure, {**await _named(request), "actor": viewer.user.id})
    return {"windows": (await owners.ask(ACKNOWLEDGE_FAILURE, command)).count}


async def _named(request: AnyRequest) -> JsonObject:
    body = await json_object(request)
    return {name: body[name] for name in ("kind", "sourceId", "code", "note") if name in body}
