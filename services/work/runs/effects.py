"""What a task does to its workflow run: a milestone moves the stage, a required link fills the run's; an undo takes
both back."""

from dataclasses import dataclass
from typing import Any

from contracts.values import Stage, TaskStatus

Document = dict[str, Any]

STAGE_CHANGED, LINK_FILLED = "bundle.stage_changed", "bundle.link_filled"
_ORDER = list(Stage)


def changed_run(run: Document, before: Document | None, after: Document) -> Document:
    """The fields of the run that a changed task changes: its links, its stage, or none."""
    links, stage = filled_links(run, after), next_stage(run, before, after)
    return ({"bundle_links": links} if links is not None else {}) | ({"stage": stage.value} if stage else {})


@dataclass(frozen=True)
class Effect:
    """What a change of a task did to its run. ``links`` are those it filled, each with its address before and after;
    one that had no address at all has none in ``before``. ``stage`` is the one before and the one after."""

    run_id: str
    links: tuple[Document, ...] = ()
    stage: tuple[str, str] | None = None

    def as_document(self) -> Document:
        return {"run_id": self.run_id, "links": list(self.links), "stage": list(self.stage) if self.stage else None}


def effect_of(run: Document, changes: Document) -> Effect | None:
    """What ``changes``, fields of ``changed_run``, do to the run; None when that is nothing."""
    if not changes:
        return None
    pairs = zip(run.get("bundle_links") or [], changes.get("bundle_links", []), strict=False)
    links = tuple({"before": was, "after": link} for was, link in pairs if link != was)
    return Effect(run["_id"], links, (run["stage"], changes["stage"]) if "stage" in changes else None)


def taken_back(run: Document, effect: Document) -> Document:
    """The fields of the run as they were before an ``Effect``, stored. What somebody has changed since stays."""
    changes: Document = {}
    if effect["stage"] is not None:
        was, became = effect["stage"]
        changes |= {"stage": was} if run["stage"] == became else {}
    links: list[Document] = run.get("bundle_links") or []
    before = [next((one["before"] for one in effect["links"] if one["after"] == link), link) for link in links]
    return changes | ({"bundle_links": before} if before != links else {})


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
