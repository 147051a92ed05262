"""Silence on the broker, and what comes to the same."""

from contracts.values import Service

UNAVAILABLE = "unavailable"
"""Code of the refusal of an owner whose database is out of reach."""


class Unavailable(Exception):
    """The owner of a request did not answer in time, or has lost its database. Nothing is known of what it did."""

    def __init__(self, service: Service) -> None:
        super().__init__(f"{service} does not answer")
        self.service = service
