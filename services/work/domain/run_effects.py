"""What a task does to its workflow run: a milestone moves the stage, a required link fills the run's."""

from typing import Any

from contracts.values import Stage, TaskStatus

Document = dict[str, Any]

_ORDER = list(Stage)


def filled_links(bundle: Document, task: Document) -> list[Document] | None:
    """The run's links with the empty one of that name filled; None when there is nothing to fill."""
    name, url = task.get("required_link_name"), task.get("link")
    links: list[Document] = bundle.get("bundle_links") or []
    if not name or not url or not any(link["name"] == name and not link.get("url") for link in links):
        return None
    return [{**link, "url": url} if link["name"] == name and not link.get("url") else link for link in links]


def next_stage(bundle: Document, before: Document | None, after: Document) -> Stage | None:
    """The stage that completing a milestone leads to; None when it is no further than where the run stands."""
    if before is None or before["status"] == TaskStatus.DONE or after["status"] != TaskStatus.DONE:
        return None
    if not after.get("stage_on_complete"):
        return None
    stage = Stage(after["stage_on_complete"])
    return stage if _ORDER.index(stage) > _ORDER.index(Stage(bundle["stage"])) else None
