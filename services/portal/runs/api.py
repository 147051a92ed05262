"""Workflow runs over JSON."""

from typing import Any

from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from contracts.subjects import (
    ARCHIVE_BUNDLE,
    CHANGE_STAGE,
    CREATE_BUNDLE,
    DELETE_BUNDLE,
    GET_BUNDLE,
    GET_TEMPLATE,
    LIST_BUNDLE_CARDS,
    LIST_BUNDLE_TASKS,
    LIST_BUNDLES,
    UPDATE_BUNDLE,
)
from contracts.workflow_commands import (
    ArchiveBundle,
    BundleChanges,
    ChangeStage,
    CreateBundle,
    DeleteBundle,
    UpdateBundle,
    VersionSeen,
)
from contracts.workflow_queries import GetBundle, GetTemplate, ListBundleCards, ListBundles, ListBundleTasks
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.http.bodies import JsonObject, json_object, query_of, read_model, shown
from services.portal.http.errors import BadInput
from services.portal.http.idempotency import key_of
from services.portal.http.paging import listed
from services.portal.owners import Owners

AnyRequest = Request[Any, Any, Any]
_SERVERS_OWN = {"id", "actor", "key", "ifUnserved"}
_BEFORE_THE_TEMPLATE = {"title", "anchorDate", "templateId"}


@get("/api/bundles", opt=OPERATOR)
async def list_bundles(request: AnyRequest, owners: NamedDependency[Owners]) -> Response[bytes]:
    return await listed(owners, LIST_BUNDLES, ListBundles(), query_of(request), name="bundles")


@get("/api/bundle-cards", opt=OPERATOR)
async def list_bundle_cards(request: AnyRequest, owners: NamedDependency[Owners]) -> Response[bytes]:
    """Active runs with progress, risk and what comes next; with ``?status=archived`` those that were archived."""
    query = query_of(request)
    if (status := query.get("status", "active")) not in ("active", "archived"):
        raise BadInput("status must be active or archived", {"status": "must be active or archived"})
    question = ListBundleCards(archived=status == "archived")
    return await listed(owners, LIST_BUNDLE_CARDS, question, query, name="cards")


@post("/api/bundles", opt=OPERATOR)
async def create_bundle(
    request: AnyRequest, owners: NamedDependency[Owners], viewer: NamedDependency[Viewer]
) -> JsonObject:
    """With a template, its tasks come with the answer, in the order of their definitions. The same key again gets the
    same answer; of a run whose tasks fit into no reply, those that are still there."""
    body = await json_object(request)
    ours = {"actor": viewer.user.id, "key": key_of(request, viewer.user.id)}
    started = await owners.ask(CREATE_BUNDLE, await _creation(body, ours, owners))
    reply: JsonObject = {"bundle": shown(started.bundle)}
    if started.tasks is not None:
        reply["tasks"] = [shown(task) for task in started.tasks]
    elif started.task_ids is not None:
        pages = owners.pages(LIST_BUNDLE_TASKS, ListBundleTasks(id=started.bundle.id))
        tasks = {task.id: shown(task) async for page in pages for task in page.items}
        reply["tasks"] = [tasks[id] for id in started.task_ids if id in tasks]
    return reply


async def _creation(body: JsonObject, ours: JsonObject, owners: Owners) -> CreateBundle:
    """Raises for a template that is not there before faults of the fields that clients expect to be told later."""
    sent = {name: value for name, value in body.items() if name not in _SERVERS_OWN}
    try:
        return read_model(CreateBundle, sent | ours)
    except BadInput as fault:
        template_id = body.get("templateId")
        if isinstance(template_id, str) and not _BEFORE_THE_TEMPLATE & fault.fields.keys():
            await owners.ask(GET_TEMPLATE, GetTemplate(id=template_id))
        raise


@get("/api/bundles/{bundle_id:str}", opt=OPERATOR)
async def show_bundle(owners: NamedDependency[Owners], bundle_id: FromPath[str]) -> JsonObject:
    return {"bundle": shown(await owners.ask(GET_BUNDLE, GetBundle(id=bundle_id)))}


@put("/api/bundles/{bundle_id:str}", opt=OPERATOR)
async def update_bundle(
    request: AnyRequest, owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], bundle_id: FromPath[str]
) -> JsonObject:
    """``version`` may say which one was edited; then nobody's change in between is lost."""
    body = await json_object(request)
    if not body:
        raise BadInput("Request body must not be empty")
    await owners.ask(GET_BUNDLE, GetBundle(id=bundle_id))
    changes, seen = read_model(BundleChanges, body), read_model(VersionSeen, body)
    if not changes.model_fields_set:
        raise BadInput("No valid fields to update")
    version = seen.model_dump(exclude_unset=True)
    command = UpdateBundle(actor=viewer.user.id, id=bundle_id, changes=changes, **version)
    return {"bundle": shown(await owners.ask(UPDATE_BUNDLE, command))}


@put("/api/bundles/{bundle_id:str}/archive", opt=OPERATOR)
async def archive_bundle(
    owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], bundle_id: FromPath[str]
) -> JsonObject:
    """Tasks that are still open are named; they count nowhere until the run is active again."""
    archived = await owners.ask(ARCHIVE_BUNDLE, ArchiveBundle(actor=viewer.user.id, id=bundle_id))
    reply: JsonObject = {"bundle": shown(archived.bundle)}
    if archived.open_count:
        reply |= {"openCount": archived.open_count, "openTasks": [shown(task) for task in archived.open_tasks]}
    return reply


@post("/api/bundles/{bundle_id:str}/stage", opt=OPERATOR, status_code=200)
async def change_stage(
    request: AnyRequest, owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], bundle_id: FromPath[str]
) -> JsonObject:
    """``{stage, comment?}``: from any stage to any other, and the history says who, when and why."""
    body = await json_object(request)
    sent = {name: body[name] for name in ("stage", "comment") if name in body}
    ours = {"id": bundle_id, "actor": viewer.user.id, "key": key_of(request, viewer.user.id)}
    command = read_model(ChangeStage, sent | ours)
    return {"bundle": shown(await owners.ask(CHANGE_STAGE, command))}


@delete("/api/bundles/{bundle_id:str}", opt=OPERATOR, status_code=200)
async def delete_bundle(
    owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], bundle_id: FromPath[str]
) -> Response[None]:
    await owners.ask(DELETE_BUNDLE, DeleteBundle(actor=viewer.user.id, id=bundle_id))
    return Response(None, status_code=204)


@get("/api/bundles/{bundle_id:str}/tasks", opt=OPERATOR)
async def list_bundle_tasks(
    request: AnyRequest, owners: NamedDependency[Owners], bundle_id: FromPath[str]
) -> Response[bytes]:
    """By date; a bundle without tasks has an empty list."""
    question = ListBundleTasks(id=bundle_id)
    return await listed(owners, LIST_BUNDLE_TASKS, question, query_of(request), name="tasks")
