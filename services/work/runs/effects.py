"""What a task does to its workflow run: a milestone moves the stage, a required link fills the run's; an undo takes
both back."""

from dataclasses import dataclass

from contracts.values import Stage, TaskStatus
from services.work.runs.documents import EffectDocument, FilledLinkDocument, LinkDocument, RunChanges, RunDocument
from services.work.tasks.documents import TaskDocument

STAGE_CHANGED, LINK_FILLED = "bundle.stage_changed", "bundle.link_filled"
_ORDER = list(Stage)


def changed_run(run: RunDocument, before: TaskDocument | None, after: TaskDocument) -> RunChanges:
    """The fields of the run that a changed task changes: its links, its stage, or none."""
    links, stage = filled_links(run, after), next_stage(run, before, after)
    changes: RunChanges = {}
    if links is not None:
        changes["bundle_links"] = links
    if stage:
        changes["stage"] = stage.value
    return changes


@dataclass(frozen=True)
class Effect:
    """What a change of a task did to its run. ``links`` are those it filled, each with its address before and after;
    one that had no address at all has none in ``before``. ``stage`` is the one before and the one after."""

    run_id: str
    links: tuple[FilledLinkDocument, ...] = ()
    stage: tuple[str, str] | None = None

    def as_document(self) -> EffectDocument:
        return {"run_id": self.run_id, "links": list(self.links), "stage": list(self.stage) if self.stage else None}


def effect_of(run: RunDocument, changes: RunChanges) -> Effect | None:
    """What ``changes``, fields of ``changed_run``, do to the run; None when that is nothing."""
    if not changes:
        return None
    pairs = zip(run.get("bundle_links") or [], changes.get("bundle_links", []), strict=False)
    links = tuple(FilledLinkDocument(before=was, after=link) for was, link in pairs if link != was)
    return Effect(run["_id"], links, (run["stage"], changes["stage"]) if "stage" in changes else None)


def taken_back(run: RunDocument, effect: EffectDocument) -> RunChanges:
    """The fields of the run as they were before an ``Effect``, stored. What somebody has changed since stays."""
    changes: RunChanges = {}
    if effect["stage"] is not None:
        was, became = effect["stage"]
        if run["stage"] == became:
            changes["stage"] = was
    links = run.get("bundle_links") or []
    before = [next((one["before"] for one in effect["links"] if one["after"] == link), link) for link in links]
    if before != links:
        changes["bundle_links"] = before
    return changes


def filled_links(run: RunDocument, task: TaskDocument) -> list[LinkDocument] | None:
    """The run's links with the empty one of that name filled; None when there is nothing to fill."""
    name, url = task.get("required_link_name"), task.get("link")
    links = run.get("bundle_links") or []
    if not name or not url or not any(link["name"] == name and not link.get("url") for link in links):
        return None
    return [{**link, "url": url} if link["name"] == name and not link.get("url") else link for link in links]


def next_stage(run: RunDocument, before: TaskDocument | None, after: TaskDocument) -> Stage | None:
    """The stage that completing a milestone leads to; None when it is no further than where the run stands."""
    if before is None or before["status"] == TaskStatus.DONE or after["status"] != TaskStatus.DONE:
        return None
    if not (reached := after.get("stage_on_complete")):
        return None
    stage = Stage(reached)
    return stage if _ORDER.index(stage) > _ORDER.index(Stage(run["stage"])) else None
