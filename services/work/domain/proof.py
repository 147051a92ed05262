"""What a task still needs before it can be completed, in the operator's words."""

from contracts.values import ProofType
from contracts.views import ProofRequirement

_NOUNS = {
    ProofType.URL: "URL",
    ProofType.FILE: "file",
    ProofType.ARTIFACT: "approved artifact",
    ProofType.COMMENT: "comment",
    ProofType.EXTERNAL_STATUS: "status",
}


def missing(
    *,
    required_link_name: str | None,
    link: str | None,
    requires_file: bool | None,
    has_file: bool,
    proof: ProofRequirement | None,
    comment: str | None,
    external_status: str | None,
) -> list[str]:
    """Names of the missing items, first what gates completion first; empty when it may be completed."""
    items: list[str] = []
    if required_link_name and not link:
        items.append(f"{required_link_name} URL")
    if requires_file and not has_file:
        items.append("file")
    if proof is not None and proof.required is not False:
        held = {
            ProofType.URL: link,
            ProofType.FILE: has_file,
            ProofType.ARTIFACT: None,
            ProofType.COMMENT: (comment or "").strip(),
            ProofType.EXTERNAL_STATUS: (external_status or "").strip(),
        }[proof.type]
        if not held:
            items.append(_name(proof))
    return list(dict.fromkeys(items))


def _name(proof: ProofRequirement) -> str:
    noun = _NOUNS[proof.type]
    if not proof.label or noun.lower() in proof.label.lower():
        return proof.label or noun
    return f"{proof.label} {noun}" if proof.type in {ProofType.URL, ProofType.FILE} else f"{noun} “{proof.label}”"
