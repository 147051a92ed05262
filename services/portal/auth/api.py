"""Signing in over JSON, with bearer tokens."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from services.portal.auth.access import OPERATOR, PUBLIC, User, Viewer
from services.portal.auth.sign_ins import Medium, SignedIn, SignIns, Throttled
from services.portal.http.answers import Answers
from services.portal.http.bodies import JsonObject, json_object
from services.portal.http.client_address import address_of
from services.portal.http.errors import BadInput, as_response

_BOTH = "email and password are required"


def shown_user(user: User) -> JsonObject:
    return user.model_dump(mode="json", by_alias=True, include={"id", "name", "email", "created_at"})


@post("/api/auth/login", opt=PUBLIC, status_code=200)
async def log_in(
    request: Request[Any, Any, Any], sign_ins: NamedDependency[SignIns], answers: NamedDependency[Answers]
) -> Response[Any]:
    body = await json_object(request, malformed="Invalid JSON body", empty=_BOTH)
    email, password = body.get("email"), body.get("password")
    if not (isinstance(email, str) and isinstance(password, str) and email and password):
        raise BadInput(_BOTH)
    result = await sign_ins.sign_in(
        email,
        password,
        address=address_of(request),
        medium=Medium.API,
        request_id=request.state["request_id"],
        user_agent=request.headers.get("user-agent", ""),
    )
    match result:
        case SignedIn(user, token):
            return Response({"user": shown_user(user), "token": token})
        case Throttled(seconds):
            message = f"Too many failed sign-ins; try again in {seconds} seconds"
            return as_response(answers.plain(request.scope, 429, message, headers={"retry-after": str(seconds)}))
        case _:
            return as_response(answers.plain(request.scope, 401, "Invalid email or password"))


@post("/api/auth/logout", opt=PUBLIC, status_code=204)
async def log_out(request: Request[Any, Any, Any], sign_ins: NamedDependency[SignIns]) -> None:
    """Always 204: who has no session is logged out already."""
    if request.user is not None:
        await sign_ins.sign_out(request.user, request_id=request.state["request_id"])


@get("/api/me", opt=OPERATOR)
async def show_me(viewer: NamedDependency[Viewer]) -> JsonObject:
    return {"user": shown_user(viewer.user)}
