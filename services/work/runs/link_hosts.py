"""A link that is asked for by the name of a site: it may lead elsewhere, but not pretend to lead there."""

from typing import Any, cast
from urllib.parse import urlsplit

from contracts.values import ProofType
from services.kit.refused import invalid_field
from services.work.runs import messages

Document = dict[str, Any]

_SITES = {"linkedin": "linkedin.com"}


def refuse_disguised_link(before: Document | None, after: Document) -> None:
    """Raises Refused for a new link that has the asked site in its text and another host. API clients complete such
    tasks with links to anywhere, so only the disguise is refused; what was stored before stays."""
    link: str = after.get("link") or ""
    if before is not None and link == before.get("link"):
        return
    asked, host = _asked(after), urlsplit(link).hostname or ""
    for name, site in _SITES.items():
        if name in asked and site in link.casefold() and not f".{host}".endswith(f".{site}"):
            raise invalid_field("link", messages.wrong_site(site, host))


def _asked(task: Document) -> str:
    """The names under which a task asks for its link."""
    proof = task.get("proof_requirement")
    proof = cast("Document", proof) if isinstance(proof, dict) else {}
    label = proof.get("label") if proof.get("type") == ProofType.URL else None
    return f"{task.get('required_link_name') or ''} {label or ''}".casefold()
