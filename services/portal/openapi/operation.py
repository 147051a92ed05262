"""How a route of the JSON API is described: what it takes and what it answers, in models and plain shapes."""

from dataclasses import dataclass, field
from typing import Any

from contracts.values import Model

Shape = Any
"""A model; ``str``, ``int``, ``bool``, ``dict`` or ``date``; ``[shape]`` for a list; ``{name: shape}`` for an object.

A name that ends with a question mark may be absent.
"""

PAGED = ("limit", "after")


@dataclass(frozen=True)
class Operation:
    """``reply`` None means an empty answer; with ``downloads`` it is a file of one of these content types. ``form``
    says that the body comes as multipart/form-data."""

    method: str
    path: str
    summary: str
    reply: Shape = None
    status: int = 200
    body: Shape = None
    form: bool = False
    query: tuple[str, ...] = ()
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
