"""A link that is asked for by the name of a site: it may lead elsewhere, but not pretend to lead there."""

from urllib.parse import urlsplit

from contracts.values import ProofType
from services.kit.refused import invalid_field
from services.work.runs import messages
from services.work.tasks.documents import TaskDocument

_SITES = {"linkedin": "linkedin.com"}


def refuse_disguised_link(before: TaskDocument | None, after: TaskDocument) -> None:
    """Raises Refused for a new link that has the asked site in its text and another host. API clients complete such
    tasks with links to anywhere, so only the disguise is refused; what was stored before stays."""
    link = after.get("link") or ""
    if before is not None and link == before.get("link"):
        return
    asked, host = _asked(after), urlsplit(link).hostname or ""
    for name, site in _SITES.items():
        if name in asked and site in link.casefold() and not f".{host}".endswith(f".{site}"):
            raise invalid_field("link", messages.wrong_site(site, host))


def _asked(task: TaskDocument) -> str:
    """The names under which a task asks for its link."""
    proof = task.get("proof_requirement")
    label = proof.get("label") if isinstance(proof, dict) and proof.get("type") == ProofType.URL else None
    return f"{task.get('required_link_name') or ''} {label or ''}".casefold()
