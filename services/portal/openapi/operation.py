"""How a route of the JSON API is described: what it takes and what it answers, in models and plain shapes."""

from dataclasses import dataclass, field
from typing import Any

from contracts.values import Model

Shape = Any
"""A model; ``str``, ``int``, ``bool``, ``dict`` or ``date``; ``[shape]`` for a list; ``{name: shape}`` for an object.

A name that ends with a question mark may be absent.
"""

PAGED = ("limit", "after")
IN_PAGES = "Without `limit` the reply holds everything; with it one page, and `after` leads to the next."

TAGS = {
    "health": "Whether the portal serves.",
    "auth": "Signing in and out with a bearer token.",
    "me": "The signed-in user.",
    "users": "Users, to read: names for the ids that tasks and schedules carry.",
    "notifications": "What is due, late, waiting or failed, for the caller and for everyone.",
    "home": "Operations Home: everything that needs somebody now.",
    "tasks": "Single pieces of work with their proof, waiting and history.",
    "files": "Files uploaded to tasks.",
    "artifacts": "Documents and recordings that live elsewhere and prove or accompany work.",
    "recurring": "Recurring configs: what makes a task on the dates of a cron expression.",
    "templates": "Templates: what makes a workflow run.",
    "bundles": "Workflow runs: one execution of a template, or one started by hand.",
    "bundle-cards": "Workflow runs as the list of workflows shows them.",
    "schedules": "Recurring configs and templates with a trigger, in one shape.",
    "backfills": "Generation of a range of dates.",
    "cron": "Generation of what is due today, and the export into the directory of the server.",
    "export": "The export as one archive.",
    "failures": "What could not be generated.",
}
"""What the operations of each noun are about."""


@dataclass(frozen=True)
class Operation:
    """``reply`` None means an empty answer; with ``downloads`` it is a file of one of these content types. ``form``
    says that the body comes as multipart/form-data. ``asks`` is the model that the query becomes: the whole numbers
    among its fields say which values a parameter of that name may have."""

    method: str
    path: str
    summary: str
    description: str
    reply: Shape = None
    status: int = 200
    body: Shape = None
    form: bool = False
    query: tuple[str, ...] = ()
    asks: type[Model] | None = None
    optional_body: bool = False
    public: bool = False
    downloads: tuple[str, ...] = ()
    example: dict[str, Any] | None = None
    refuses: dict[int, Shape] = field(default_factory=dict[int, Shape])

    @property
    def noun(self) -> str:
        return self.path.split("/")[2]


def models_in(shape: Shape) -> set[type[Model]]:
    if isinstance(shape, dict):
        return {model for one in shape.values() for model in models_in(one)}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(shape, list):
        return models_in(shape[0])
    return {shape} if isinstance(shape, type) and issubclass(shape, Model) else set()
