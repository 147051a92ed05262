"""Open automation failures over JSON: the list, retrying one, acknowledging one with a note."""

from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from contracts.generation import AcknowledgeFailure, Failure, ListFailures, RetryFailure
from contracts.subjects import ACKNOWLEDGE_FAILURE, LIST_FAILURES, RETRY_FAILURE
from contracts.values import Kind, Model
from services.portal.auth.access import OPERATOR
from services.portal.http.bodies import AnyText
from services.portal.owners import Owners


class RetryBody(RetryFailure):
    kind: Annotated[Kind, AnyText]


class AcknowledgementBody(AcknowledgeFailure):
    kind: Annotated[Kind, AnyText] | None = None


class FailuresReply(Model):
    failures: list[Failure]


class RetriedReply(Model):
    """How many windows it was about."""

    windows: int


@get("/api/failures", opt=OPERATOR, summary="What could not be generated")
async def list_failures(owners: NamedDependency[Owners]) -> FailuresReply:
    """Open failures of schedules, the latest first, each with its dates, its code and the reason."""
    pages = owners.pages(LIST_FAILURES, ListFailures())
    failures = [failure async for page in pages for failure in page.items]
    return FailuresReply(failures=sorted(failures, key=lambda one: one.place))


@post("/api/failures/retries", opt=OPERATOR, status_code=202, summary="Try again")
async def retry_failure(data: JSONBody[RetryBody], owners: NamedDependency[Owners]) -> RetriedReply:
    """Publishes the open dates of the failure again and returns how many. What becomes of them is in the windows of
    the schedule."""
    return RetriedReply(windows=(await owners.ask(RETRY_FAILURE, data)).count)


@post(
    "/api/failures/acknowledgements",
    opt=OPERATOR,
    status_code=200,
    summary="Take a failure from the list, with a note",
)
async def acknowledge_failure(data: JSONBody[AcknowledgementBody], owners: NamedDependency[Owners]) -> RetriedReply:
    """Closes the failure without generating anything; `note` says why. Without `kind` and `sourceId` it is about the
    dates that an outage left out."""
    return RetriedReply(windows=(await owners.ask(ACKNOWLEDGE_FAILURE, data)).count)
