"""What a task still needs before it can be completed: its gates, in the order in which they refuse."""

from dataclasses import dataclass, field
from typing import Any, cast

from contracts.search import search_key
from contracts.values import ProofType

Document = dict[str, Any]


@dataclass(frozen=True)
class Evidence:
    """What lies outside the task and counts as its proof. ``bundle_links`` maps names to urls; None without a run."""

    has_file: bool = False
    bundle_links: dict[str, str] | None = None
    approved_artifact: bool = False


@dataclass(frozen=True)
class Gate:
    """One missing thing: as people name it, and as API clients are told."""

    item: str
    message: str
    sort: str = field(compare=False)


NO_EVIDENCE = Evidence()
_KINDS = {kind.value: kind for kind in ProofType}
_NOUNS = {
    ProofType.URL: "URL",
    ProofType.FILE: "file",
    ProofType.ARTIFACT: "approved artifact",
    ProofType.COMMENT: "comment",
    ProofType.EXTERNAL_STATUS: "status",
}
_API_NOUNS = {
    ProofType.URL: "url",
    ProofType.FILE: "file",
    ProofType.ARTIFACT: "approved artifact",
    ProofType.COMMENT: "comment",
    ProofType.EXTERNAL_STATUS: "external-status",
}


def links_of(run: Document) -> dict[str, str]:
    """The links of a stored run as evidence: names mapped to urls, empty for a link that is not filled."""
    links: list[Document] = run.get("bundle_links") or []
    return {link["name"]: link.get("url") or "" for link in links}


def missing_items(task: Document, evidence: Evidence = NO_EVIDENCE) -> list[str]:
    """What a stored task still needs, in words; empty when it may be completed."""
    return list(dict.fromkeys(gate.item for gate in closed_gates(task, evidence)))


def needed_kinds(task: Document) -> list[ProofType]:
    """Which kinds of proof a stored task lacks, of those that are put on the task itself."""
    lacking = [gate for gate in closed_gates(task) if gate.item in task["missing"]]
    kinds = {"link": ProofType.URL, "file": ProofType.FILE}
    proof = _kind(_object(task.get("proof_requirement")))
    found = [kinds.get(gate.sort) or proof for gate in lacking if not gate.sort.startswith("bundle:")]
    return [kind for kind in dict.fromkeys(found) if kind not in (None, ProofType.ARTIFACT)]


def closed_gates(task: Document, evidence: Evidence = NO_EVIDENCE) -> list[Gate]:
    """The gates that refuse completion, less those that a skip closure waives."""
    gates = [*_link(task), *_file(task, evidence), *_bundle_links(task, evidence), *_proof(task, evidence)]
    closure = _object(_validation(task).get("skipClosure"))
    if not gates or not closure:
        return gates
    waived = _waiver(task, closure)
    return [gate for gate in gates if not waived.covers(gate)]


def _refuse(item: str, message: str, sort: str) -> Gate:
    return Gate(item, f"Cannot mark task as done: {message}", sort)


def _link(task: Document) -> list[Gate]:
    name = task.get("required_link_name")
    if not name or task.get("link"):
        return []
    return [_refuse(f"{name} URL", f"required link '{name}' is not filled", "link")]


def _file(task: Document, evidence: Evidence) -> list[Gate]:
    if not task.get("requires_file") or evidence.has_file:
        return []
    return [_refuse(_file_name(task), "required file has not been uploaded", "file")]


def _file_name(task: Document) -> str:
    proof = _object(task.get("proof_requirement"))
    return _name(proof, ProofType.FILE) if proof.get("type") == ProofType.FILE else "file"


def _bundle_links(task: Document, evidence: Evidence) -> list[Gate]:
    names = _names(_validation(task).get("requiredBundleLinks"))
    if not names:
        return []
    if evidence.bundle_links is None:
        message = f"required shared bundle link '{names[0]}' needs a workflow bundle"
        return [_refuse(f"workflow link {names[0]}", message, f"bundle:{names[0]}")]
    return [
        _refuse(f"workflow link {name}", f"required bundle link '{name}' is not filled", f"bundle:{name}")
        for name in names
        if not evidence.bundle_links.get(name, "").strip()
    ]


def _proof(task: Document, evidence: Evidence) -> list[Gate]:
    proof = task.get("proof_requirement")
    if not proof or proof.get("required") is False:
        return []
    if (kind := _kind(proof)) is None:
        return [_refuse("proof of an unknown kind", "its proof requirement cannot be read", "proof")]
    if _is_held(kind, task, evidence):
        return []
    label = f" '{proof['label']}'" if proof.get("label") else ""
    return [_refuse(_name(proof, kind), f"required {_API_NOUNS[kind]} proof{label} is missing", "proof")]


def _is_held(kind: ProofType, task: Document, evidence: Evidence) -> bool:
    match kind:
        case ProofType.URL:
            return bool(task.get("link"))
        case ProofType.FILE:
            return evidence.has_file
        case ProofType.ARTIFACT:
            return evidence.approved_artifact
        case ProofType.COMMENT:
            return bool((task.get("comment") or "").strip())
        case ProofType.EXTERNAL_STATUS:
            return bool((task.get("external_status") or "").strip())


def _name(proof: Document, kind: ProofType) -> str:
    noun, label = _NOUNS[kind], proof.get("label")
    if not label or noun.lower() in label.lower():
        return label or noun
    return f"{label} {noun}" if kind in {ProofType.URL, ProofType.FILE} else f"{noun} “{label}”"


@dataclass(frozen=True)
class _Waiver:
    """What a skip closure waives: everything, or the gates it lists."""

    everything: bool = False
    sorts: frozenset[str] = frozenset()

    def covers(self, gate: Gate) -> bool:
        any_bundle_link = gate.sort.startswith("bundle:") and "bundle:*" in self.sorts
        return self.everything or any_bundle_link or gate.sort in self.sorts


def _waiver(task: Document, closure: Document) -> _Waiver:
    """A task is skip-closed when a line of its comment, or its status, is one of the allowed words."""
    allowed = _names(closure.get("allowedStatuses"))
    fields = {"comment": _lines(task.get("comment")), "externalStatus": _lines(task.get("external_status"))}
    status = next((one for one in allowed if any(search_key(one) in lines for lines in fields.values())), None)
    if status is None:
        return _Waiver()
    wanted = _names(closure.get("requires"))
    if any(not ({search_key(one) for one in allowed} & fields.get(name, set())) for name in wanted):
        return _Waiver()
    if "suppresses" not in closure:
        return _Waiver(everything=True)
    return _Waiver(sorts=_sorts(_object(_object(closure["suppresses"]).get(status))))


def _sorts(listed: Document) -> frozenset[str]:
    flags = {"requiredLink": "link", "file": "file", "proof": "proof"}
    sorts = {sort for name, sort in flags.items() if listed.get(name) is True}
    return frozenset(sorts | {f"bundle:{name}" for name in _names(listed.get("bundleLinks"))})


def _lines(text: object) -> set[str]:
    """Each line, without the stamp in brackets that clients put before it."""
    if not isinstance(text, str):
        return set()
    lines = (line.strip() for line in text.splitlines())
    return {search_key(line.partition("]")[2] if line.startswith("[") else line) for line in lines}


def _names(value: object) -> list[str]:
    return [one for one in cast("list[object]", value) if isinstance(one, str)] if isinstance(value, list) else []


def _validation(task: Document) -> Document:
    return _object(task.get("validation"))


def _kind(proof: Document) -> ProofType | None:
    name = proof.get("type")
    return _KINDS.get(name) if isinstance(name, str) else None


def _object(value: object) -> Document:
    """Stored JSON may hold anything in its place; what is no object says nothing."""
    return cast("Document", value) if isinstance(value, dict) else {}
