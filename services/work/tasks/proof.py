"""What a task still needs before it can be completed: its gates, in the order in which they refuse."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from contracts.fields.search import search_key
from contracts.values import ProofType
from services.work.runs.documents import LinkDocument
from services.work.tasks import messages
from services.work.tasks.documents import ProofFields


@dataclass(frozen=True)
class Proof:
    """What lies outside the task and counts as its proof. ``bundle_links`` maps names to urls; None without a run."""

    has_file: bool = False
    bundle_links: dict[str, str] | None = None
    approved_artifact: bool = False


@dataclass(frozen=True)
class MissingProof:
    """One missing thing: as people name it, and as API clients are told."""

    item: str
    message: str
    sort: str = field(compare=False)


NO_PROOF = Proof()
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


def links_of(links: Iterable[LinkDocument] | None) -> dict[str, str]:
    """The links of a stored run as proof: names mapped to urls, empty for a link that is not filled."""
    return {link["name"]: link.get("url") or "" for link in links or ()}


def missing_items(task: ProofFields, proof: Proof = NO_PROOF) -> list[str]:
    """What a stored task still needs, in words; empty when it may be completed."""
    return list(dict.fromkeys(missing.item for missing in find_missing_proof(task, proof)))


def needed_kinds(task: ProofFields, items: Collection[str]) -> list[ProofType]:
    """Which kinds of proof a task lacks, of those that are put on the task itself. ``items`` are what it lacks."""
    lacking = [missing for missing in find_missing_proof(task) if missing.item in items]
    kinds = {"link": ProofType.URL, "file": ProofType.FILE}
    requirement = _kind(_object(task.get("proof_requirement")))
    found = [kinds.get(missing.sort) or requirement for missing in lacking if not missing.sort.startswith("bundle:")]
    return [kind for kind in dict.fromkeys(found) if kind not in (None, ProofType.ARTIFACT)]


def find_missing_proof(task: ProofFields, proof: Proof = NO_PROOF) -> list[MissingProof]:
    """The gates that refuse completion, less those that a skip closure waives."""
    missing_proof = [*_link(task), *_file(task, proof), *_bundle_links(task, proof), *_required_proof(task, proof)]
    closure = _object(_validation(task).get("skipClosure"))
    if not missing_proof or not closure:
        return missing_proof
    waived = _waiver(task, closure)
    return [missing for missing in missing_proof if not waived.covers(missing)]


def _refuse(item: str, message: str, sort: str) -> MissingProof:
    return MissingProof(item, messages.cannot_complete(message), sort)


def _link(task: ProofFields) -> list[MissingProof]:
    name = task.get("required_link_name")
    if not name or task.get("link"):
        return []
    return [_refuse(f"{name} URL", messages.link_missing(name), "link")]


def _file(task: ProofFields, proof: Proof) -> list[MissingProof]:
    if not task.get("requires_file") or proof.has_file:
        return []
    return [_refuse(_file_name(task), messages.FILE_MISSING, "file")]


def _file_name(task: ProofFields) -> str:
    requirement = task.get("proof_requirement")
    is_file = isinstance(requirement, dict) and requirement.get("type") == ProofType.FILE
    return _name(requirement.get("label"), ProofType.FILE) if requirement and is_file else "file"


def _bundle_links(task: ProofFields, proof: Proof) -> list[MissingProof]:
    names = _names(_validation(task).get("requiredBundleLinks"))
    if not names:
        return []
    if proof.bundle_links is None:
        message = messages.link_needs_workflow(names[0])
        return [_refuse(messages.workflow_link(names[0]), message, f"bundle:{names[0]}")]
    return [
        _refuse(messages.workflow_link(name), messages.bundle_link_missing(name), f"bundle:{name}")
        for name in names
        if not proof.bundle_links.get(name, "").strip()
    ]


def _required_proof(task: ProofFields, proof: Proof) -> list[MissingProof]:
    requirement = task.get("proof_requirement")
    if not requirement or requirement.get("required") is False:
        return []
    if (kind := _kind(requirement)) is None:
        return [_refuse(messages.UNKNOWN_PROOF, messages.PROOF_UNREADABLE, "proof")]
    if _is_held(kind, task, proof):
        return []
    label = requirement.get("label")
    named = f" '{label}'" if label else ""
    return [_refuse(_name(label, kind), messages.proof_type_missing(_API_NOUNS[kind], named), "proof")]


def _is_held(kind: ProofType, task: ProofFields, proof: Proof) -> bool:
    match kind:
        case ProofType.URL:
            return bool(task.get("link"))
        case ProofType.FILE:
            return proof.has_file
        case ProofType.ARTIFACT:
            return proof.approved_artifact
        case ProofType.COMMENT:
            return bool((task.get("comment") or "").strip())
        case ProofType.EXTERNAL_STATUS:
            return bool((task.get("external_status") or "").strip())


def _name(label: str | None, kind: ProofType) -> str:
    noun = _NOUNS[kind]
    if not label or noun.lower() in label.lower():
        return label or noun
    return f"{label} {noun}" if kind in {ProofType.URL, ProofType.FILE} else f"{noun} “{label}”"


@dataclass(frozen=True)
class _Waiver:
    """What a skip closure waives: everything, or the gates it lists."""

    everything: bool = False
    sorts: frozenset[str] = frozenset()

    def covers(self, missing: MissingProof) -> bool:
        any_bundle_link = missing.sort.startswith("bundle:") and "bundle:*" in self.sorts
        return self.everything or any_bundle_link or missing.sort in self.sorts


def _waiver(task: ProofFields, closure: Mapping[str, object]) -> _Waiver:
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


def _sorts(listed: Mapping[str, object]) -> frozenset[str]:
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


def _validation(task: ProofFields) -> dict[str, object]:
    return _object(task.get("validation"))


def _kind(requirement: Mapping[str, object]) -> ProofType | None:
    name = requirement.get("type")
    return _KINDS.get(name) if isinstance(name, str) else None


def _object(value: object) -> dict[str, object]:
    """Stored JSON may hold anything in its place; what is no object says nothing."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
