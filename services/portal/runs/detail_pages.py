"""What a workflow run is called and for when, and all that happened to it."""

import json
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from contracts.history import GetBundleHistory
from contracts.runs import GetBundle, UpdateBundle
from contracts.subjects import BUNDLE_HISTORY, GET_BUNDLE, UPDATE_BUNDLE
from contracts.values import derived_id
from services.kit.refused import Refused
from services.portal.auth.access import OPERATOR
from services.portal.http.bodies import query_of, read_model
from services.portal.http.errors import BadInput, raise_unexpected
from services.portal.http.forms import whole_number
from services.portal.owners import Owners
from services.portal.page import Page
from services.portal.runs import messages
from services.portal.runs.pages import CHANGE, Change, history_context, path_of, whole

_EVENTS_SHOWN = 200


@post("/workflows/{bundle_id:str}/details", opt=OPERATOR, status_code=200, dependencies=CHANGE)
async def change_details(change: NamedDependency[Change]) -> Response[str] | Redirect:
    """Made on the version that was seen. The same form sent twice has one effect: its key is made of what it says."""
    stored = await change.owners.ask(GET_BUNDLE, GetBundle(id=change.bundle_id))
    form = change.form
    changes: dict[str, Any] = {name: form.text(name) for name in ("title", "anchorDate")}
    changes["description"] = form.text("description") or None
    tags = [tag.strip() for tag in form.text("tags").split(",") if tag.strip()]
    if tags != (stored.tags or []):
        changes["tags"] = tags
    values = {"id": change.bundle_id, "changes": changes, **_version(form.text("version"))}
    typed = [form.text(name) for name in ("title", "anchorDate", "description", "tags", "version")]
    ours = {"actor": change.actor, "key": derived_id(json.dumps([change.actor, "details", change.bundle_id, *typed]))}
    try:
        command = read_model(UpdateBundle, {**values, **ours})
    except BadInput as error:
        faults = {name.removeprefix("changes.").partition("[")[0]: reason for name, reason in error.fields.items()}
        return await _refused(change, faults, status=422)
    try:
        await change.owners.ask(UPDATE_BUNDLE, command)
    except Refused as error:
        raise_unexpected(error)
        return await _refused(change, error.refusal.fields or {"": messages.still_here(error)}, status=409)
    return await change.made(path_of(change.bundle_id), messages.DETAILS_SAVED)


@get("/workflows/{bundle_id:str}/history", opt=OPERATOR)
async def show_history(
    request: Request[Any, Any, Any],
    owners: NamedDependency[Owners],
    page: NamedDependency[Page],
    bundle_id: FromPath[str],
) -> Response[str]:
    """The latest first, in pages that ``?after=`` goes on with."""
    after = query_of(request).get("after")
    run = await whole(owners, bundle_id)
    history = await owners.ask(BUNDLE_HISTORY, GetBundleHistory(id=bundle_id, after=after, limit=_EVENTS_SHOWN))
    return page(
        "workflow_history.html", bundle=run.card.bundle, later=after is not None, **history_context(history, run)
    )


def _version(text: str) -> dict[str, int]:
    """Without one the change would be made whatever happened meanwhile: a form that lost it was garbled."""
    if (version := whole_number(text)) is None:
        raise BadInput(messages.VERSION_NOT_A_NUMBER, {"version": messages.IS_NO_NUMBER}, status=422)
    return {"version": version}


async def _refused(change: Change, faults: dict[str, str], *, status: int) -> Response[str]:
    return await change.refused({"details": {"faults": faults, "typed": change.form}}, status=status)
