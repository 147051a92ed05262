"""A refusal where a view was asked for."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the command line catches it, and is to be there at once
    from contracts.subjects import Refused


class RefusedByOwner(Exception):
    """One that the asker does not handle itself: the API makes a status and a body of it, the command line a line."""

    def __init__(self, refused: "Refused") -> None:
        super().__init__(refused.message)
        self.refused = refused
