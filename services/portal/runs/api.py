"""Workflow runs over JSON."""

from typing import Annotated, Literal

from litestar import delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody, PathParameter
from pydantic import BeforeValidator

from contracts.runs import (
    ArchiveBundle,
    Bundle,
    BundleCard,
    BundleChanges,
    ChangeStage,
    CreateBundle,
    DeleteBundle,
    GetBundle,
    KnownStage,
    ListBundleCards,
    ListBundles,
    ListBundleTasks,
    OpenTask,
    UpdateBundle,
)
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
from contracts.tasks import Task
from contracts.templates import GetTemplate
from contracts.values import Model
from services.portal.auth.access import OPERATOR, Viewer
from services.portal.http.api_requests import ApiRequest, Edit, seen_version
from services.portal.http.bodies import AnyText, read_model
from services.portal.http.errors import BadInput
from services.portal.http.paging import Paged, page_of
from services.portal.owners import Owners
from services.portal.runs import messages

BundleId = Annotated[str, PathParameter(name="bundleId")]
_BEFORE_THE_TEMPLATE = {"title", "anchorDate", "templateId"}


def _known_state(text: object) -> object:
    if text not in ("active", "archived"):
        raise ValueError(messages.MUST_BE_A_STATUS)
    return text


class BundleEdit(Edit, BundleChanges, title="BundleChanges"):
    """``version`` comes after the changes, as their faults do."""


class StageBody(ChangeStage):
    stage: Annotated[KnownStage, AnyText]


class CardsQuestion(Paged):
    status: Annotated[Literal["active", "archived"], BeforeValidator(_known_state), AnyText] = "active"


class BundlesReply(Model):
    bundles: list[Bundle]
    after: str | None = None


class CardsReply(Model):
    cards: list[BundleCard]
    after: str | None = None


class RunTasksReply(Model):
    tasks: list[Task]
    after: str | None = None


class BundleReply(Model):
    bundle: Bundle


class StartedReply(BundleReply):
    tasks: list[Task] | None = None


class ArchivedReply(BundleReply):
    open_count: int | None = None
    open_tasks: list[OpenTask] | None = None


async def find_bundle(owners: NamedDependency[Owners], bundle_id: BundleId) -> Bundle:
    """Raises Refused (404)."""
    return await owners.ask(GET_BUNDLE, GetBundle(id=bundle_id))


async def check_template(request: ApiRequest, owners: NamedDependency[Owners]) -> None:
    """Raises Refused for a template that is not there, before faults of those fields that clients expect to be told
    later."""
    try:
        read_model(CreateBundle, request.sent)
    except BadInput as fault:
        template_id = request.sent.get("templateId")
        if isinstance(template_id, str) and not _BEFORE_THE_TEMPLATE & fault.fields.keys():
            await owners.ask(GET_TEMPLATE, GetTemplate(id=template_id))


@get("/api/bundles", opt=OPERATOR, summary="All workflow runs")
async def list_bundles(question: NamedDependency[Paged], owners: NamedDependency[Owners]) -> BundlesReply:
    """Every workflow run, archived ones included."""
    page = await page_of(owners, LIST_BUNDLES, ListBundles(), question)
    return BundlesReply(bundles=page.items, after=page.after)


@get("/api/bundle-cards", opt=OPERATOR, summary="Runs with progress and risk")
async def list_bundle_cards(question: NamedDependency[CardsQuestion], owners: NamedDependency[Owners]) -> CardsReply:
    """Active runs with progress, risk and what comes next; with `status=archived` the archived ones."""
    cards = ListBundleCards(archived=question.status == "archived")
    page = await page_of(owners, LIST_BUNDLE_CARDS, cards, question)
    return CardsReply(cards=page.items, after=page.after)


@post(
    "/api/bundles",
    opt=OPERATOR | {"example": {"title": "Episode 12", "anchorDate": "2028-03-01"}},
    dependencies={"checked": Provide(check_template)},
    summary="Start a workflow by hand",
)
async def create_bundle(
    data: JSONBody[CreateBundle],
    checked: NamedDependency[None],
    owners: NamedDependency[Owners],
) -> StartedReply:
    """Starts a run. With `templateId` its tasks are created on dates counted from `anchorDate`, and the reply lists
    them in the order of the template."""
    started = await owners.ask(CREATE_BUNDLE, data)
    if started.tasks is not None or started.task_ids is None:
        return StartedReply(bundle=started.bundle, tasks=started.tasks)
    # They fit into no reply of work: those that are still there are asked for.
    pages = owners.pages(LIST_BUNDLE_TASKS, ListBundleTasks(id=started.bundle.id))
    tasks = {task.id: task async for page in pages for task in page.items}
    return StartedReply(bundle=started.bundle, tasks=[tasks[id] for id in started.task_ids if id in tasks])


@get(
    "/api/bundles/{bundleId:str}",
    opt=OPERATOR,
    dependencies={"bundle": Provide(find_bundle)},
    summary="One workflow run",
)
async def show_bundle(bundle: NamedDependency[Bundle]) -> BundleReply:
    """The run with its stage, links and `version`; its tasks have a list of their own."""
    return BundleReply(bundle=bundle)


@put(
    "/api/bundles/{bundleId:str}",
    opt=OPERATOR | {"example": {"emoji": "🎙️"}},
    dependencies={"bundle": Provide(find_bundle)},
    summary="Change a workflow run",
)
async def update_bundle(
    data: JSONBody[BundleEdit],
    bundle: NamedDependency[Bundle],
    owners: NamedDependency[Owners],
    viewer: NamedDependency[Viewer],
) -> BundleReply:
    """Changes the fields that are sent; another `anchorDate` does not move tasks. With `version`, a run that changed
    since is refused with 409."""
    command = UpdateBundle(actor=viewer.user.id, id=bundle.id, changes=data, **seen_version(data))
    return BundleReply(bundle=await owners.ask(UPDATE_BUNDLE, command))


@put("/api/bundles/{bundleId:str}/archive", opt=OPERATOR, summary="Archive a workflow run")
async def archive_bundle(
    owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], bundle_id: BundleId
) -> ArchivedReply:
    """Takes the run from the active ones. Tasks that are still open are counted and listed; they count nowhere until
    the run is active again."""
    archived = await owners.ask(ARCHIVE_BUNDLE, ArchiveBundle(actor=viewer.user.id, id=bundle_id))
    if not archived.open_count:
        return ArchivedReply(bundle=archived.bundle)
    return ArchivedReply(bundle=archived.bundle, open_count=archived.open_count, open_tasks=archived.open_tasks)


@post(
    "/api/bundles/{bundleId:str}/stage",
    opt=OPERATOR | {"example": {"stage": "announced"}},
    status_code=200,
    summary="Move a run to a stage",
)
async def change_stage(data: JSONBody[StageBody], owners: NamedDependency[Owners]) -> BundleReply:
    """From any stage to any other. The history says who moved it, when, and `comment`."""
    return BundleReply(bundle=await owners.ask(CHANGE_STAGE, data))


@delete("/api/bundles/{bundleId:str}", opt=OPERATOR, summary="Delete a workflow run")
async def delete_bundle(owners: NamedDependency[Owners], viewer: NamedDependency[Viewer], bundle_id: BundleId) -> None:
    """Only an archived run can be deleted; others are refused with 400. It leaves every list; its history is kept."""
    await owners.ask(DELETE_BUNDLE, DeleteBundle(actor=viewer.user.id, id=bundle_id))


@get("/api/bundles/{bundleId:str}/tasks", opt=OPERATOR, summary="Tasks of a run, by date")
async def list_bundle_tasks(
    question: NamedDependency[Paged], owners: NamedDependency[Owners], bundle_id: BundleId
) -> RunTasksReply:
    """The tasks of one run, the earliest date first."""
    page = await page_of(owners, LIST_BUNDLE_TASKS, ListBundleTasks(id=bundle_id), question)
    return RunTasksReply(tasks=page.items, after=page.after)
