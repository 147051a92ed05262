"""The JSON API described: for programs as OpenAPI, for people as a page. For who is signed in, either way."""

from functools import cache
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from services.portal.auth.access import OPERATOR
from services.portal.openapi.document import document
from services.portal.openapi.routes import OPERATIONS
from services.portal.page import Page


@cache
def described() -> dict[str, Any]:
    return document(OPERATIONS)


@get("/schema", opt=OPERATOR)
async def show_schema(page: NamedDependency[Page]) -> Response[str]:
    return page("schema.html", api=described())


@get("/schema/openapi.json", opt=OPERATOR)
async def show_openapi() -> dict[str, Any]:
    return described()
