"""Users over JSON, to read: names for the ids that tasks and configs carry."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.portal.auth.access import OPERATOR
from services.portal.auth.api import shown_user
from services.portal.http.bodies import JsonObject
from services.portal.http.errors import BadInput
from services.portal.store import PortalStore


@get("/api/users", opt=OPERATOR)
async def list_users(store: NamedDependency[PortalStore]) -> JsonObject:
    return {"users": [shown_user(user) for user in await store.users()]}


@get("/api/users/{user_id:str}", opt=OPERATOR)
async def show_user(store: NamedDependency[PortalStore], user_id: FromPath[str]) -> JsonObject:
    user = await store.user(user_id)
    if user is None:
        raise BadInput("User not found", status=404)
    return {"user": shown_user(user)}
