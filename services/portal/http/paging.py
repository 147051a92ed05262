"""Lists are whole unless the caller asks for pages with ``limit`` and follows ``after``."""

import re
from typing import Annotated, Any, TypeVar, cast

from pydantic import BeforeValidator, Field

from contracts.subjects import Request
from contracts.values import Model
from services.portal.http.errors import BadInput
from services.portal.owners import Owners

QuestionT = TypeVar("QuestionT", bound=Model)
PageT = TypeVar("PageT", bound=Model)
_POSITION = re.compile(r"[A-Za-z0-9/_-]{1,200}")
_NUMBER = re.compile(r"[0-9]{1,9}")


def _plain_digits(text: object) -> object:
    if isinstance(text, str) and not _NUMBER.fullmatch(text):
        raise ValueError("must be a whole number")
    return text


DIGITS = BeforeValidator(_plain_digits)
"""For the whole numbers of a query, which are written in no other form."""


class Paged(Model):
    """The parameters of a list."""

    limit: Annotated[int, Field(ge=1, le=500), DIGITS] | None = None
    after: str | None = None


async def page_of(owners: Owners, request: Request[QuestionT, PageT], question: QuestionT, asked: Paged) -> PageT:
    """The page that was asked for, or all of them as one. ``question`` finds what is listed. Raises BadInput for an
    ``after`` that no page gave."""
    if asked.limit is not None:
        paging = {"limit": asked.limit, "after": position(asked.after)}
        return await owners.ask(request, question.model_copy(update=paging))
    pages: list[Any] = [page async for page in owners.pages(request, question)]
    return cast("PageT", pages[-1].model_copy(update={"items": [item for page in pages for item in page.items]}))


def position(after: str | None) -> str | None:
    """Where the page before ended. Raises BadInput for what no page gave."""
    if after is not None and not _POSITION.fullmatch(after):
        raise BadInput("after must be what the page before gave", {"after": "is not what a page gave"})
    return after
