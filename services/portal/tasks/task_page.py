"""The page of one task: its row with all actions, and everything that is known of it."""

import asyncio
from dataclasses import dataclass, field

from litestar import Response

from contracts.artifacts import ListArtifacts
from contracts.files import ListFiles
from contracts.history import GetTaskHistory
from contracts.subjects import LIST_ARTIFACTS, LIST_FILES, TASK_HISTORY
from contracts.tasks import TaskRow
from contracts.values import ProofType
from services.portal.formatting.history import describe_entry
from services.portal.http.forms import Form
from services.portal.owners import Owners
from services.portal.page import Page
from services.portal.tasks.next_steps import Action, artifact_step

_FILES_SHOWN = 100
_HISTORY_SHOWN = 30
_FORMS = {
    Action.WAITING: ("waiting", "Waiting for someone", "Wait"),
    Action.FOLLOW_UP: ("follow-ups", "Follow-up sent", "Follow-up sent"),
    Action.RESPONSE: ("response", "Response received", "Response received"),
    Action.SNOOZE: ("snooze", "Snooze the follow-up", "Snooze"),
    Action.ASSIGN: ("assignee", "Reassign", "Reassign"),
    Action.DATE: ("date", "Change the date", "Change date"),
    Action.COMMENT: ("comments", "Comment", "Add comment"),
    Action.PROOF: ("proof", "Proof", "Save"),
}
_ANY_PROOF = [ProofType.URL, ProofType.FILE, ProofType.COMMENT]


@dataclass(frozen=True)
class Acting:
    """The form of an action, opened on a row: what was typed, and what is wrong with it by field."""

    action: Action
    row: TaskRow
    form: Form = field(default_factory=Form)
    problems: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def kinds(self) -> list[ProofType]:
        """The proof that is asked for; when none is missing, any that can be added."""
        return (self.row.needs or _ANY_PROOF) if self.action is Action.PROOF else []

    @property
    def path(self) -> str:
        return "files" if ProofType.FILE in self.kinds else _FORMS[self.action][0]

    @property
    def title(self) -> str:
        return _FORMS[self.action][1]

    @property
    def button(self) -> str:
        return _FORMS[self.action][2]


@dataclass(frozen=True)
class Editing:
    """The page's own form after a refusal."""

    form: Form
    problems: dict[str, str]
    problem: str


def opened(
    action: str, row: TaskRow, form: Form | None = None, problems: dict[str, str] | None = None
) -> Acting | None:
    """None for an action that has no form."""
    known = next((one for one in _FORMS if one == action), None)
    return Acting(known, row, form or Form(), problems or {}) if known else None


async def task_page(
    owners: Owners,
    page: Page,
    row: TaskRow,
    *,
    here: str,
    status: int = 200,
    acting: Acting | None = None,
    problem: str | None = None,
    editing: Editing | None = None,
    before: str | None = None,
) -> Response[str]:
    """``here`` is where its forms lead back to; ``before`` a position in the history, for older changes than those."""
    asked = GetTaskHistory(id=row.task.id, newest_first=True, after=before, limit=_HISTORY_SHOWN)
    files, artifacts, history = await asyncio.gather(
        owners.ask(LIST_FILES, ListFiles(task_id=row.task.id, limit=_FILES_SHOWN)),
        owners.ask(LIST_ARTIFACTS, ListArtifacts(task_id=row.task.id, limit=_FILES_SHOWN)),
        owners.ask(TASK_HISTORY, asked),
    )
    return page(
        "task.html",
        status=status,
        row=row,
        here=here,
        acting=acting,
        problem=problem,
        editing=editing,
        files=files.items,
        artifacts=artifacts.items,
        elsewhere=artifact_step(row, artifacts.items),
        more_files=files.after is not None,
        history=[describe_entry(one, page.words) for one in history.items],
        older=history.after,
        before=before,
    )
