"""Silence on the broker."""

from contracts.values import Service


class Unavailable(Exception):
    """The owner of a request did not answer in time. Nothing is known of what it did."""

    def __init__(self, service: Service) -> None:
        super().__init__(f"{service} does not answer")
        self.service = service
