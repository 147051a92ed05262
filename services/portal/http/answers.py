"""Errors as answers: JSON under /api, a page elsewhere. No stack trace and no driver's text ever gets out."""

import json
from dataclasses import dataclass, field
from typing import Any

from litestar.types import HTTPScope

from services.portal.http.rendering import Renderer

_TITLES = {
    400: "That request could not be read",
    403: "That is not allowed",
    404: "There is no such page",
    405: "That cannot be done here",
    500: "Something went wrong",
    503: "Not available right now",
}


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict[str, str])


def is_api(path: str) -> bool:
    return path == "/api" or path.startswith("/api/")


class Answers:
    def __init__(self, render: Renderer) -> None:
        self._render = render

    def plain(
        self, scope: HTTPScope, status: int, message: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> Answer:
        """``message`` is the API's ``error`` and the page's sentence; ``more`` are further keys of the API's body."""
        if is_api(scope["path"]):
            return Answer(status, "application/json", json.dumps({"error": message} | more).encode(), headers or {})
        page = self._render(
            "error.html",
            viewer=scope.get("user"),
            heading=_TITLES.get(status, "That did not work"),
            message=message,
            status=status,
            request_id=scope["state"].get("request_id"),
        )
        return Answer(status, "text/html", page.encode(), headers or {})
