"""A link that is asked for by the name of a site: it may lead elsewhere, but not pretend to lead there."""

from typing import Any, cast
from urllib.parse import urlsplit

from contracts.subjects import Refusal
from contracts.values import ProofType

Document = dict[str, Any]

_SITES = {"linkedin": "linkedin.com"}


def pretends(before: Document | None, after: Document) -> Refusal | None:
    """The refusal of a new link that has the asked site in its text and another host. API clients complete such tasks
    with links to anywhere, so only the disguise is refused; what was stored before stays."""
    link: str = after.get("link") or ""
    if before is not None and link == before.get("link"):
        return None
    asked, host = _asked(after), urlsplit(link).hostname or ""
    for name, site in _SITES.items():
        if name in asked and site in link.casefold() and not f".{host}".endswith(f".{site}"):
            reason = f"must lead to {site}, and this one leads to {host}"
            return Refusal(code="invalid", message=f"link {reason}", fields={"link": reason})
    return None


def _asked(task: Document) -> str:
    """The names under which a task asks for its link."""
    proof = task.get("proof_requirement")
    proof = cast("Document", proof) if isinstance(proof, dict) else {}
    label = proof.get("label") if proof.get("type") == ProofType.URL else None
    return f"{task.get('required_link_name') or ''} {label or ''}".casefold()
