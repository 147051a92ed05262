"""What an address asks of Home: whose work, and which of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from contracts.home import GetHome
from contracts.runs import Bundle, GetBundle
from contracts.subjects import GET_BUNDLE
from services.portal.auth.access import User, Viewer, others
from services.portal.home import messages
from services.portal.http.errors import BadInput
from services.portal.owners import Owners
from services.portal.tasks.filters import OURS, narrowing

_MINE, _EVERYONE = "mine", "everyone"
_FILTERS = ("q", "assignee", "tag", "workflow", "source")


@dataclass(frozen=True)
class Asked:
    """``filters`` by their names in the address; ``workflow`` is the run that one of them names."""

    question: GetHome
    everyone: bool = False
    filters: Mapping[str, str] = field(default_factory=dict[str, str])
    workflow: Bundle | None = None

    def address(self, *, without: str = "", everyone: bool | None = None) -> str:
        """Of Home with these filters, or ``without`` one of them; whose work it is can be said otherwise."""
        scope = {"scope": _EVERYONE} if (self.everyone if everyone is None else everyone) else {}
        query = urlencode(scope | {name: value for name, value in self.filters.items() if name != without})
        return f"/?{query}" if query else "/"

    def listed(self, section: Mapping[str, str]) -> str:
        """The list of tasks that goes on where a section of Home ends."""
        whose = {} if self.everyone else {"assignee": OURS}
        return f"/tasks?{urlencode({**section, **whose, **self.filters})}"


async def asked_of(query: Mapping[str, str], owners: Owners, people: list[User], viewer: Viewer) -> Asked:
    """Raises BadInput, naming it, for a scope, a source, a person or a workflow that is not known."""
    scope = query.get("scope", _MINE)
    if scope not in (_MINE, _EVERYONE):
        raise BadInput(messages.SCOPE_UNKNOWN, {"scope": messages.MUST_BE_A_SCOPE})
    filters = {name: query[name].strip() for name in _FILTERS if query.get(name, "").strip()}
    whose: dict[str, Any] = {"others": others(people, viewer)} if scope == _MINE else {}
    question = GetHome(**whose | narrowing(filters, people, viewer), viewer_id=viewer.user.id)
    workflow = await _workflow(owners, filters["workflow"]) if "workflow" in filters else None
    return Asked(question, scope == _EVERYONE, filters, workflow)


async def _workflow(owners: Owners, id: str) -> Bundle:
    if (bundle := await owners.find(GET_BUNDLE, GetBundle(id=id))) is None:
        raise BadInput(messages.WORKFLOW_UNKNOWN, {"workflow": messages.IS_NO_KNOWN_WORKFLOW})
    return bundle
