"""Which tasks are meant, as addresses say it: by the same names on Home, in its JSON, and on the list of tasks."""

from collections.abc import Mapping
from typing import Any

from services.portal.auth.access import User, Viewer, others
from services.portal.http.errors import BadInput
from services.portal.tasks import messages

SOURCES = {"recurring": "Recurring", "template": "Workflow", "manual": "Added by hand"}
_LONGEST = 200
OURS, ME, NOBODY = "ours", "me", "nobody"


def one_of(filters: Mapping[str, str], name: str, known: Mapping[str, Any], default: str = "") -> Any:
    """What is known by the chosen name. Raises BadInput for a value that no form offers."""
    chosen = filters.get(name, default)
    if chosen not in known:
        raise BadInput(messages.must_be_one_of(name, ", ".join(known)), {name: messages.NOT_A_CHOICE})
    return known[chosen]


def narrowing(filters: Mapping[str, str], people: list[User], viewer: Viewer) -> dict[str, Any]:
    """The fields of a `TaskFilter`. Raises BadInput for a source or a person that is not known, and what is long."""
    if "source" in filters:
        one_of(filters, "source", SOURCES)
    for name in ("q", "tag", "workflow"):
        if len(filters.get(name, "")) > _LONGEST:
            reason = messages.at_most_characters(_LONGEST)
            raise BadInput(f"{name} {reason}", {name: reason})
    return {
        "source": filters.get("source"),
        "bundle_id": filters.get("workflow"),
        "tag": filters.get("tag"),
        "text": filters.get("q"),
        **(_whose(filters["assignee"], people, viewer) if "assignee" in filters else {}),
    }


def _whose(chosen: str, people: list[User], viewer: Viewer) -> dict[str, Any]:
    """Of one person all, whosever's work was asked for before; what somebody who left had is nobody's now."""
    if chosen == OURS:
        return {"others": others(people, viewer)}
    if chosen == NOBODY:
        return {"others": [person.id for person in people if person.active]}
    id = viewer.user.id if chosen == ME else chosen
    if id not in {person.id for person in people}:
        raise BadInput(messages.ASSIGNEE_UNKNOWN, {"assignee": messages.NOT_A_PERSON})
    return {"assignee_id": id, "others": []}
