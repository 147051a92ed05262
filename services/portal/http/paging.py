"""Lists are whole unless the caller asks for pages with ``limit`` and follows ``after``."""

import json
import re
from typing import Any, TypeVar

from litestar import MediaType, Response

from contracts.subjects import Request
from contracts.values import Model
from services.portal.http.bodies import read_model, shown_text, whole_number
from services.portal.http.errors import BadInput
from services.portal.owners import Owners

QuestionT = TypeVar("QuestionT", bound=Model)
_POSITION = re.compile(r"[A-Za-z0-9/_-]{1,200}")


async def listed(
    owners: Owners, request: Request[QuestionT, Any], question: QuestionT, query: dict[str, str], *, name: str
) -> Response[bytes]:
    """``{name: [...]}``, with ``after`` when a page was asked for and there is more."""
    if "limit" not in query:
        found = [shown_text(item) async for page in owners.pages(request, question) for item in page.items]
        return _reply(name, found)
    paging = {"limit": whole_number(query["limit"], "limit"), "after": position(query.get("after"))}
    asked = read_model(type(question), question.model_dump(by_alias=True) | paging)
    page = await owners.ask(request, asked)
    return _reply(name, [shown_text(item) for item in page.items], page.after)


def _reply(name: str, items: list[str], after: str | None = None) -> Response[bytes]:
    rest = f',"after":{json.dumps(after)}' if after else ""
    return Response(f'{{"{name}":[{",".join(items)}]{rest}}}'.encode(), media_type=MediaType.JSON)


def position(after: str | None) -> str | None:
    """Where the page before ended. Raises BadInput for what no page gave."""
    if after is not None and not _POSITION.fullmatch(after):
        raise BadInput("after must be what the page before gave", {"after": "is not what a page gave"})
    return after
