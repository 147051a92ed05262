"""Artifacts on pages: one is added to a task or a workflow, and how far its review has come is said."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from contracts.artifacts import (
    AddArtifact,
    Artifact,
    ArtifactChanges,
    ArtifactStatus,
    ArtifactType,
    GetArtifact,
    NewArtifact,
    UpdateArtifact,
)
from contracts.runs import GetBundle
from contracts.subjects import ADD_ARTIFACT, GET_ARTIFACT, GET_BUNDLE, GET_TASK_ROW, UPDATE_ARTIFACT
from contracts.tasks import GetTask
from services.kit.refused import Refused
from services.portal.artifacts import messages
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.http.bodies import query_of, read_model
from services.portal.http.errors import BadInput
from services.portal.http.forms import Form, key_of
from services.portal.owners import Owners
from services.portal.page import Page, see_other
from services.portal.store import PortalStore

_FIELDS = ("title", "storageUri", "type", "status")
_LABELS = {"title": "Title", "storageUri": "Address", "type": "What it is", "status": "Review"}
_TYPES = {
    ArtifactType.REPORT: "Report",
    ArtifactType.INVOICE: "Invoice",
    ArtifactType.TRANSCRIPT: "Transcript",
    ArtifactType.RECORDING: "Recording",
    ArtifactType.PODCAST_DOC: "Podcast document",
    ArtifactType.EVENT_PAGE: "Event page",
    ArtifactType.ASSISTANT_OUTPUT: "Output of an assistant",
    ArtifactType.EXTERNAL_LINK: "Link to another site",
    ArtifactType.OTHER: "Something else",
}
_REVIEWS = [ArtifactStatus.DRAFT, ArtifactStatus.NEEDS_REVIEW, ArtifactStatus.APPROVED, ArtifactStatus.REJECTED]
_CHOSEN = ("type", "status")


@dataclass(frozen=True)
class _Owner:
    """The task or the workflow that an artifact is for; ``path`` is its page."""

    title: str
    path: str
    task_id: str | None = None
    bundle_id: str | None = None


@get("/artifacts/new", opt=OPERATOR)
async def show_new_artifact(
    request: Request[Any, Any, Any], owners: NamedDependency[Owners], page: NamedDependency[Page]
) -> Response[str]:
    asked = query_of(request)
    owner = await _owner(owners, asked.get("taskId", ""), asked.get("bundleId", ""))
    return _editor(page, owner, Form(status=ArtifactStatus.NEEDS_REVIEW))


@post("/artifacts", opt=OPERATOR, status_code=200)
async def add_artifact(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
) -> Response[str] | Redirect:
    owner = await _owner(owners, form.text("taskId"), form.text("bundleId"))
    whose = {"taskId": owner.task_id, "bundleId": owner.bundle_id}
    try:
        artifact = read_model(NewArtifact, _sent(form) | {name: id for name, id in whose.items() if id})
    except BadInput as error:
        return _editor(page, owner, form, status=422, problems=_in_words(error.fields))
    key = key_of(form, viewer.user.id, ADD_ARTIFACT.subject)
    try:
        added = await owners.ask(ADD_ARTIFACT, AddArtifact(actor=viewer.user.id, key=key, artifact=artifact))
    except Refused as error:
        return _refused(page, owner, form, error)
    return await see_other(store, viewer, f"{owner.path}#artifacts", messages.added(added.title))


@get("/artifacts/{artifact_id:str}", opt=OPERATOR)
async def show_artifact(
    owners: NamedDependency[Owners], page: NamedDependency[Page], artifact_id: FromPath[str]
) -> Response[str]:
    artifact = await owners.ask(GET_ARTIFACT, GetArtifact(id=artifact_id))
    return _editor(page, await _owner_of(owners, artifact), _as_form(artifact), stored=artifact)


@post("/artifacts/{artifact_id:str}", opt=OPERATOR, status_code=200)
async def change_artifact(
    owners: NamedDependency[Owners],
    store: NamedDependency[PortalStore],
    viewer: NamedDependency[Viewer],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
    artifact_id: FromPath[str],
) -> Response[str] | Redirect:
    """Only what differs is changed."""
    artifact = await owners.ask(GET_ARTIFACT, GetArtifact(id=artifact_id))
    owner, now = await _owner_of(owners, artifact), _as_form(artifact)
    if form.text("seen") != now["seen"]:
        return _editor(
            page,
            owner,
            Form(form | {"seen": now["seen"]}),
            stored=artifact,
            status=409,
            problem=messages.CHANGED_MEANWHILE,
        )
    try:
        sent = {name: value for name, value in _sent(form).items() if value != now[name]}
        changes = read_model(ArtifactChanges, sent)
    except BadInput as error:
        return _editor(page, owner, form, stored=artifact, status=422, problems=_in_words(error.fields))
    if sent:
        command = UpdateArtifact(actor=viewer.user.id, id=artifact_id, changes=changes)
        try:
            await owners.ask(UPDATE_ARTIFACT, command)
        except Refused as error:
            return _refused(page, owner, form, error, artifact)
    return await see_other(store, viewer, f"{owner.path}#artifacts", messages.saved(form.text("title")))


def _sent(form: Form) -> dict[str, str]:
    return {name: form.text(name) for name in _FIELDS}


def _in_words(problems: dict[str, str]) -> dict[str, str]:
    """A list shows what can be chosen, so its values need not be told."""
    return problems | {name: messages.MUST_BE_CHOSEN for name in _CHOSEN if name in problems}


def _as_form(artifact: Artifact) -> Form:
    fields = artifact.model_dump(mode="json", by_alias=True, include={"title", "storage_uri", "type", "status"})
    return Form(fields | {"seen": artifact.updated_at.isoformat()})


async def _owner_of(owners: Owners, artifact: Artifact) -> _Owner:
    if not artifact.task_id and not artifact.bundle_id:
        return _Owner(title="no task and no workflow", path=f"/artifacts/{quote(artifact.id, safe='')}")
    return await _owner(owners, artifact.task_id or "", artifact.bundle_id or "")


async def _owner(owners: Owners, task_id: str, bundle_id: str) -> _Owner:
    """Raises Refused for what is not there."""
    if task_id:
        row = await owners.ask(GET_TASK_ROW, GetTask(id=task_id))
        return _Owner(row.task.description, f"/tasks/{quote(task_id, safe='')}", task_id=task_id)
    bundle = await owners.ask(GET_BUNDLE, GetBundle(id=bundle_id))
    return _Owner(bundle.title, f"/workflows/{quote(bundle_id, safe='')}", bundle_id=bundle_id)


def _refused(page: Page, owner: _Owner, form: Form, error: Refused, stored: Artifact | None = None) -> Response[str]:
    refusal = error.refusal
    if refusal.code not in ("invalid", "conflict"):
        raise error
    status = 409 if refusal.code == "conflict" else 422
    problem = None if refusal.fields else refusal.message
    return _editor(page, owner, form, stored=stored, status=status, problems=refusal.fields, problem=problem)


def _editor(
    page: Page,
    owner: _Owner,
    form: Form,
    *,
    stored: Artifact | None = None,
    status: int = 200,
    problems: dict[str, str] | None = None,
    problem: str | None = None,
) -> Response[str]:
    reviews = [*_REVIEWS, ArtifactStatus.SUPERSEDED, ArtifactStatus.ARCHIVED] if stored else _REVIEWS
    return page(
        "artifact.html",
        status=status,
        owner=owner,
        form=form,
        stored=stored,
        problems=problems or {},
        problem=problem,
        labels=_LABELS,
        types=_TYPES,
        reviews=reviews,
    )
