"""The JSON API described: for programs as OpenAPI, for people as a page. For who is signed in, either way."""

import asyncio
from functools import cache

from litestar import Response, get
from litestar.di import NamedDependency

from services.portal.api_routes import API
from services.portal.auth.access import OPERATOR
from services.portal.http.bodies import JsonObject
from services.portal.openapi.document import document
from services.portal.page import Page


@cache
def described() -> JsonObject:
    """Takes most of a second, once."""
    return document(API)


@get("/schema", opt=OPERATOR)
async def show_schema(page: NamedDependency[Page]) -> Response[str]:
    return page("schema.html", api=await asyncio.to_thread(described))


@get("/schema/openapi.json", opt=OPERATOR)
async def show_openapi() -> JsonObject:
    return await asyncio.to_thread(described)
