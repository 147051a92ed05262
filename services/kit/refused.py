"""A refusal, raised."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the command line catches it, and is to be there at once
    from contracts.subjects import Refusal


class Refused(Exception):
    """Where a view was asked for: the API makes a status and a body of it, the command line a line."""

    def __init__(self, refusal: "Refusal") -> None:
        super().__init__(refusal.message)
        self.refusal = refusal
