"""Signing in over JSON, with bearer tokens."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import JSONBody
from pydantic import model_validator

from contracts.values import Model
from services.portal.auth import messages
from services.portal.auth.access import OPERATOR, PUBLIC, User, Viewer
from services.portal.auth.sign_ins import Medium, SignedIn, SignIns, Throttled
from services.portal.http.api_requests import ApiRequest
from services.portal.http.bodies import JsonObject, ShownInstant
from services.portal.http.client_address import address_of
from services.portal.http.errors import BadInput

_EXAMPLE: JsonObject = {"email": "olivia@example.org", "password": "correct horse battery staple"}


class Person(Model):
    """A user as others see them."""

    id: str
    name: str
    email: str
    created_at: ShownInstant


def person(user: User) -> Person:
    return Person(id=user.id, name=user.name, email=user.email, created_at=user.created_at)


class Credentials(Model):
    email: str
    password: str

    @model_validator(mode="before")
    @classmethod
    def _both(cls, sent: dict[str, Any]) -> dict[str, Any]:
        if not all(isinstance(sent.get(name), str) and sent[name] for name in ("email", "password")):
            raise BadInput(messages.CREDENTIALS_REQUIRED)
        return sent


class SignedInReply(Model):
    user: Person
    token: str


class PersonReply(Model):
    user: Person


@post(
    "/api/auth/login",
    opt=PUBLIC | {"malformed": "Invalid JSON body", "empty": messages.CREDENTIALS_REQUIRED, "example": _EXAMPLE},
    status_code=200,
    summary="Sign in",
    responses={401: ResponseSpec(None), 429: ResponseSpec(None)},
)
async def log_in(request: ApiRequest, data: JSONBody[Credentials], sign_ins: NamedDependency[SignIns]) -> SignedInReply:
    """Returns the user and a token for the header `Authorization: Bearer`. Too many wrong passwords are answered with
    429 and `Retry-After`."""
    result = await sign_ins.sign_in(
        data.email,
        data.password,
        address=address_of(request),
        medium=Medium.API,
        request_id=request.state["request_id"],
        user_agent=request.headers.get("user-agent", ""),
    )
    match result:
        case SignedIn(user, token):
            return SignedInReply(user=person(user), token=token)
        case Throttled(seconds):
            message = messages.throttled_client(seconds)
            raise BadInput(message, status=429, headers={"retry-after": str(seconds)})
        case _:
            raise BadInput(messages.INVALID_CREDENTIALS, status=401)


@post("/api/auth/logout", opt=PUBLIC, status_code=204, summary="Sign out")
async def log_out(request: ApiRequest, sign_ins: NamedDependency[SignIns]) -> None:
    """Ends the session of the token or cookie that is sent. Without one the reply is 204 as well."""
    if request.user is not None:
        await sign_ins.sign_out(request.user, request_id=request.state["request_id"])


@get("/api/me", opt=OPERATOR, summary="Who is signed in")
async def show_me(viewer: NamedDependency[Viewer]) -> PersonReply:
    """The user whose session this is."""
    return PersonReply(user=person(viewer.user))
