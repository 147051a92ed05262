"""Users over JSON, to read: names for the ids that tasks and configs carry."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import PathParameter

from contracts.values import Model
from services.portal.auth.access import OPERATOR
from services.portal.auth.api import Person, PersonReply, person
from services.portal.http.errors import BadInput
from services.portal.people import messages
from services.portal.store import PortalStore


class PeopleReply(Model):
    users: list[Person]


@get("/api/users", opt=OPERATOR, summary="All users")
async def list_users(store: NamedDependency[PortalStore]) -> PeopleReply:
    """Names and e-mail addresses for the ids that tasks and schedules carry."""
    return PeopleReply(users=[person(user) for user in await store.users()])


@get("/api/users/{userId:str}", opt=OPERATOR, summary="One user")
async def show_user(
    store: NamedDependency[PortalStore], user_id: Annotated[str, PathParameter(name="userId")]
) -> PersonReply:
    """Name and e-mail address of one user."""
    user = await store.user(user_id)
    if user is None:
        raise BadInput(messages.USER_NOT_FOUND, status=404)
    return PersonReply(user=person(user))
