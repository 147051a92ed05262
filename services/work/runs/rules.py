"""Changes of a workflow run: what an edit means for its links, and which proof must not be taken away."""

from collections.abc import Iterable

from services.kit.refused import conflict, invalid
from services.work.runs import messages
from services.work.runs.documents import LinkDocument
from services.work.tasks.completing import refused_for, unproven
from services.work.tasks.documents import TaskDocument
from services.work.tasks.proof import Proof, links_of

Links = list[LinkDocument]


def merged_links(stored: Links, sent: Links) -> Links:
    """Links as they are to be stored. When only urls differ, an empty one leaves the url that is stored."""
    urls = links_of(stored)
    if len(urls) < len(stored) or [link["name"] for link in sent] != list(urls):
        return sent
    return [{**link, "url": link.get("url") or urls[link["name"]]} for link in sent]


def refuse_lost_links(done_tasks: Iterable[TaskDocument], before: Links, after: Links) -> None:
    """Raises Refused when a task that is done would lack a link of the run that it needed."""
    for task in done_tasks:
        if missing_proof := unproven(
            task, task, Proof(bundle_links=links_of(after)), Proof(bundle_links=links_of(before))
        ):
            raise refused_for(task, missing_proof)


def filled(links: Links, name: str, url: str, seen: str | None) -> Links:
    """The links with one that leads to ``url``; raises Refused when there is none of that name, or it is not what was
    ``seen``."""
    if name not in (stored := links_of(links)):
        raise invalid(messages.no_link(name))
    if seen is not None and seen != stored[name]:
        raise conflict(messages.link_changed(stored[name] or "empty"))
    return [{**link, "url": url} if link["name"] == name else link for link in links]
