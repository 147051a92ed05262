"""What a task does to its workflow run: a milestone moves the stage, a required link fills the run's; an undo takes
both back."""

from typing import Any

from contracts.values import Stage, TaskStatus

Document = dict[str, Any]

STAGE_CHANGED, LINK_FILLED = "bundle.stage_changed", "bundle.link_filled"
_ORDER = list(Stage)


def changed_run(run: Document, before: Document | None, after: Document) -> Document:
    """The fields of the run that a changed task changes: its links, its stage, or none."""
    links, stage = filled_links(run, after), next_stage(run, before, after)
    return ({"bundle_links": links} if links is not None else {}) | ({"stage": stage.value} if stage else {})


def taken_back(run: Document, effects: list[Document]) -> Document:
    """The fields of the run as they were before these history rows. What somebody has changed since stays."""
    changes: Document = {}
    for row in effects:
        said = row["data"]
        if row["kind"] == STAGE_CHANGED and run["stage"] == said["to"]:
            changes["stage"] = said["from"]
        links: list[Document] = run.get("bundle_links") or []
        if row["kind"] == LINK_FILLED and any(_same(link, said) for link in links):
            changes["bundle_links"] = [{**link, "url": ""} if _same(link, said) else link for link in links]
    return changes


def _same(link: Document, said: Document) -> bool:
    return (link["name"], link.get("url")) == (said["name"], said["url"])


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
