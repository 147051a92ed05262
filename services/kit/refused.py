"""A refusal, raised where its rule is, and where an owner's view was asked for."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the command line catches it, and is to be there at once
    from contracts.subjects import Refusal
    from contracts.values import Model


class Refused(Exception):
    """Nothing is changed: a transaction that it leaves is taken back. The broker's middleware replies with ``refusal``,
    the API makes a status and a body of it, the command line a line."""

    def __init__(self, refusal: "Refusal") -> None:
        super().__init__(refusal.message)
        self.refusal = refusal

    def with_current(self, view: "Model") -> "Refused":
        """The same, with the view as it is stored now."""
        current = view.model_dump(mode="json", by_alias=True, exclude_none=True)
        return Refused(self.refusal.model_copy(update={"current": current}))


def refused(
    code: str,
    message: str,
    *,
    fields: dict[str, str] | None = None,
    missing: list[str] | None = None,
    counts: dict[str, int] | None = None,
) -> Refused:
    """To be raised. ``fields`` maps what to correct to the reason; for the rest see ``Refusal``."""
    from contracts.subjects import Refusal

    return Refused(Refusal(code=code, message=message, fields=fields or {}, missing=missing or [], counts=counts or {}))


def not_found(noun: str) -> Refused:
    """To be raised when what a request names is not there."""
    return refused("not_found", f"{noun} not found")


def conflict(message: str, *, missing: list[str] | None = None) -> Refused:
    """To be raised when what is stored does not allow the change."""
    return refused("conflict", message, missing=missing)


def invalid(message: str, fields: dict[str, str] | None = None) -> Refused:
    """To be raised when the request itself is at fault."""
    return refused("invalid", message, fields=fields)


def invalid_field(name: str, reason: str) -> Refused:
    """To be raised when one field of the request is at fault; ``name`` as on HTTP."""
    return invalid(f"{name} {reason}", {name: reason})
