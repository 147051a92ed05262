"""Artifacts over JSON."""

from typing import Annotated, Any

from litestar import get, post, put, route
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody, PathParameter

from contracts.artifacts import (
    AddArtifact,
    ArchiveArtifact,
    Artifact,
    ArtifactChanges,
    ArtifactFields,
    ArtifactFilter,
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
from contracts.values import Model
from services.portal.artifacts import messages
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.http.errors import BadInput
from services.portal.http.paging import Paged, page_of
from services.portal.owners import Owners
from services.portal.store import PortalStore

ArtifactId = Annotated[str, PathParameter(name="artifactId")]
_DOCUMENT: dict[str, Any] = {
    "type": "report",
    "title": "Sponsor report",
    "storageUri": "https://docs.google.com/document/d/1",
}


class ArtifactsQuestion(ArtifactFilter, Paged):
    """The filters of the list and its page."""


class Target(AttachArtifact):
    """A task, a run, or both."""


class ArtifactsReply(Model):
    artifacts: list[Artifact]
    after: str | None = None


class ArtifactReply(Model):
    artifact: Artifact


async def find_artifact(owners: NamedDependency[Owners], artifact_id: ArtifactId) -> Artifact:
    """Raises Refused (404)."""
    return await owners.ask(GET_ARTIFACT, GetArtifact(id=artifact_id))


@get("/api/artifacts", opt=OPERATOR, summary="Artifacts; filters apply together")
async def list_artifacts(
    question: NamedDependency[ArtifactsQuestion], owners: NamedDependency[Owners]
) -> ArtifactsReply:
    """Artifacts that match every filter given."""
    filters = question.model_dump(exclude={"limit", "after"})
    page = await page_of(owners, LIST_ARTIFACTS, ListArtifacts(**filters), question)
    return ArtifactsReply(artifacts=page.items, after=page.after)


@get(
    "/api/artifacts/{artifactId:str}",
    opt=OPERATOR,
    dependencies={"artifact": Provide(find_artifact)},
    summary="One artifact",
)
async def show_artifact(artifact: NamedDependency[Artifact]) -> ArtifactReply:
    """The artifact, with who reviewed it and when."""
    return ArtifactReply(artifact=artifact)


@post("/api/artifacts", opt=OPERATOR | {"example": _DOCUMENT}, summary="Add an artifact")
async def add_artifact(
    data: JSONBody[NewArtifact],
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    key: NamedDependency[str | None],
) -> ArtifactReply:
    """Records something that lives elsewhere, by its `storageUri`. An address or `metadata` with a secret in it is
    refused."""
    await _check_reviewer(data, store)
    command = AddArtifact(actor=viewer.user.id, key=key, artifact=data)
    return ArtifactReply(artifact=await owners.ask(ADD_ARTIFACT, command))


@put(
    "/api/artifacts/{artifactId:str}",
    opt=OPERATOR | {"example": {"status": "approved"}},
    dependencies={"artifact": Provide(find_artifact)},
    summary="Change or review an artifact",
)
async def update_artifact(
    data: JSONBody[ArtifactChanges],
    artifact: NamedDependency[Artifact],
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    key: NamedDependency[str | None],
) -> ArtifactReply:
    """Changes the fields that are sent. The status `approved` or `rejected` records the review: `reviewedBy`, else the
    caller, and the time."""
    await _check_reviewer(data, store)
    command = UpdateArtifact(actor=viewer.user.id, key=key, id=artifact.id, changes=data)
    return ArtifactReply(artifact=await owners.ask(UPDATE_ARTIFACT, command))


@route(
    "/api/artifacts/{artifactId:str}/attach",
    http_method=["PUT", "POST"],
    opt=OPERATOR,
    status_code=200,
    summary="List an artifact on a task or a workflow",
)
async def attach_artifact(data: JSONBody[Target], owners: NamedDependency[Owners]) -> ArtifactReply:
    """Adds the artifact to the `artifactRefs` of the task or run that the body names, or renews its entry there. PUT
    and POST do the same."""
    return ArtifactReply(artifact=await owners.ask(ATTACH_ARTIFACT, data))


@put("/api/artifacts/{artifactId:str}/archive", opt=OPERATOR, summary="Archive an artifact")
async def archive_artifact(
    owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], artifact_id: ArtifactId
) -> ArtifactReply:
    """An archived artifact is kept and proves nothing."""
    command = ArchiveArtifact(actor=viewer.user.id, id=artifact_id)
    return ArtifactReply(artifact=await owners.ask(ARCHIVE_ARTIFACT, command))


async def _check_reviewer(fields: ArtifactFields, store: PortalStore) -> None:
    """Only the portal knows the users."""
    if fields.reviewed_by is not None and await store.user(fields.reviewed_by) is None:
        raise BadInput(messages.REVIEWER_UNKNOWN, {"reviewedBy": messages.IS_NO_USER})
