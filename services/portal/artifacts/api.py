"""Artifacts over JSON."""

from typing import Any

from litestar import Request, Response, get, post, put, route
from litestar.di import NamedDependency
from litestar.params import FromPath

from contracts.artifacts import (
    AddArtifact,
    ArchiveArtifact,
    ArtifactChanges,
    ArtifactFields,
    AttachArtifact,
    GetArtifact,
    ListArtifacts,
    NewArtifact,
    UpdateArtifact,
)
from contracts.subjects import (
    ADD_ARTIFACT,
    ARCHIVE_ARTIFACT,
    ATTACH_ARTIFACT,
    GET_ARTIFACT,
    LIST_ARTIFACTS,
    UPDATE_ARTIFACT,
)
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.http.bodies import JsonObject, json_object, query_of, read_model, shown
from services.portal.http.errors import BadInput
from services.portal.http.idempotency import key_of
from services.portal.http.paging import listed
from services.portal.owners import Owners
from services.portal.store import PortalStore

_FILTERS = ("taskId", "bundleId", "assistantJobId", "fileId", "status", "type")


@get("/api/artifacts", opt=OPERATOR)
async def list_artifacts(request: Request[Any, Any, Any], owners: NamedDependency[Owners]) -> Response[bytes]:
    """All that match, unless the caller asks for pages with ``limit`` and follows ``after``."""
    query = query_of(request)
    question = read_model(ListArtifacts, {name: query[name] for name in _FILTERS if name in query})
    return await listed(owners, LIST_ARTIFACTS, question, query, name="artifacts")


@get("/api/artifacts/{artifact_id:str}", opt=OPERATOR)
async def show_artifact(owners: NamedDependency[Owners], artifact_id: FromPath[str]) -> JsonObject:
    return {"artifact": shown(await owners.ask(GET_ARTIFACT, GetArtifact(id=artifact_id)))}


@post("/api/artifacts", opt=OPERATOR)
async def add_artifact(
    request: Request[Any, Any, Any],
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
) -> JsonObject:
    artifact = read_model(NewArtifact, await json_object(request))
    await _check_reviewer(artifact, store)
    command = AddArtifact(actor=viewer.user.id, key=key_of(request, viewer.user.id), artifact=artifact)
    return {"artifact": shown(await owners.ask(ADD_ARTIFACT, command))}


@put("/api/artifacts/{artifact_id:str}", opt=OPERATOR)
async def update_artifact(
    request: Request[Any, Any, Any],
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    artifact_id: FromPath[str],
) -> JsonObject:
    await owners.ask(GET_ARTIFACT, GetArtifact(id=artifact_id))
    changes = read_model(ArtifactChanges, await json_object(request))
    await _check_reviewer(changes, store)
    key = key_of(request, viewer.user.id)
    command = UpdateArtifact(actor=viewer.user.id, key=key, id=artifact_id, changes=changes)
    return {"artifact": shown(await owners.ask(UPDATE_ARTIFACT, command))}


@route("/api/artifacts/{artifact_id:str}/attach", http_method=["PUT", "POST"], opt=OPERATOR, status_code=200)
async def attach_artifact(
    request: Request[Any, Any, Any],
    owners: NamedDependency[Owners],
    viewer: NamedDependency[Viewer],
    artifact_id: FromPath[str],
) -> JsonObject:
    body = await json_object(request)
    to = {name: body[name] for name in ("taskId", "bundleId") if name in body}
    command = read_model(
        AttachArtifact, to | {"actor": viewer.user.id, "key": key_of(request, viewer.user.id), "id": artifact_id}
    )
    return {"artifact": shown(await owners.ask(ATTACH_ARTIFACT, command))}


@put("/api/artifacts/{artifact_id:str}/archive", opt=OPERATOR)
async def archive_artifact(
    owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], artifact_id: FromPath[str]
) -> JsonObject:
    command = ArchiveArtifact(actor=viewer.user.id, id=artifact_id)
    return {"artifact": shown(await owners.ask(ARCHIVE_ARTIFACT, command))}


async def _check_reviewer(fields: ArtifactFields, store: PortalStore) -> None:
    """Only the portal knows the users."""
    if fields.reviewed_by is not None and await store.user(fields.reviewed_by) is None:
        raise BadInput("reviewedBy is no user", {"reviewedBy": "is no user"})
