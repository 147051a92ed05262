"""Lists are whole unless the caller asks for pages with ``limit`` and follows ``after``."""

import re
from typing import Any, TypeVar

from contracts.subjects import Request
from contracts.values import Model
from services.portal.api.bodies import JsonObject, shown
from services.portal.errors import BadInput
from services.portal.owners import Owners

QuestionT = TypeVar("QuestionT", bound=Model)
_LARGEST = 500
_POSITION = re.compile(r"[A-Za-z0-9/_-]{1,200}")


async def listed(
    owners: Owners, request: Request[QuestionT, Any], question: QuestionT, query: dict[str, str], *, name: str
) -> JsonObject:
    """``{name: [...]}``, with ``after`` when a page was asked for and there is more."""
    if "limit" not in query:
        return {name: [shown(item) async for page in owners.pages(request, question) for item in page.items]}
    asked = question.model_copy(update={"limit": _limit(query["limit"]), "after": position(query.get("after"))})
    page = await owners.view(request, asked)
    return {name: [shown(item) for item in page.items], **({"after": page.after} if page.after else {})}


def _limit(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= _LARGEST:
        raise BadInput(f"limit must be a number from 1 to {_LARGEST}", {"limit": "is not such a number"})
    return int(text)


def position(after: str | None) -> str | None:
    """Where the page before ended. Raises BadInput for what no page gave."""
    if after is not None and not _POSITION.fullmatch(after):
        raise BadInput("after must be what the page before gave", {"after": "is not what a page gave"})
    return after
