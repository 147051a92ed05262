"""Silence on the broker, and what comes to the same."""

from contracts.values import Service

UNAVAILABLE = "unavailable"
"""Code of the refusal of an owner whose database is out of reach."""
TOO_LATE = "too_late"
"""Code of the refusal of an owner that saw a request after its deadline, and did nothing."""


class Unavailable(Exception):
    """The owner of a request did not answer in time, or has lost its database.

    ``nothing_done``: whether it is known that nothing was carried out. Else a command that was under way when the time
    was up may have been; one that was not begun by then never will be.
    """

    def __init__(self, service: Service, *, nothing_done: bool = False) -> None:
        super().__init__(f"{service} does not answer")
        self.service = service
        self.nothing_done = nothing_done
