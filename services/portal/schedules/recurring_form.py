"""The form of a recurring task: what it starts with, and what was sent as a definition or as the changes to one."""

import re
from typing import Any

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from contracts.cron.grammar import REFUSED
from contracts.fields.proof import ProofRequirement
from contracts.fields.text import Link, Name
from contracts.recurring import Clearable, CreateRecurring, RecurringChanges, RecurringConfig
from contracts.values import Model, ProofType
from services.portal.formatting.words import capital
from services.portal.http.bodies import bad_input
from services.portal.http.errors import BadInput
from services.portal.http.forms import Form
from services.portal.schedules import messages

PRESETS = (
    ("Every day", "0 9 * * *"),
    ("Weekdays", "0 9 * * 1-5"),
    ("Mondays", "0 9 * * 1"),
    ("Fridays", "0 9 * * 5"),
    ("1st of the month", "0 9 1 * *"),
    ("15th of the month", "0 9 15 * *"),
    ("Last day of the month", "0 9 L * *"),
    ("Last weekday of the month", "0 9 LW * *"),
    ("First Monday", "0 9 * * 1#1"),
    ("Quarterly", "0 9 1 1,4,7,10 *"),
)
PROOFS = {
    ProofType.URL: "A web address",
    ProofType.FILE: "A file",
    ProofType.ARTIFACT: "An approved artifact",
    ProofType.COMMENT: "A comment",
    ProofType.EXTERNAL_STATUS: "A status elsewhere",
}
LABELS = {
    "description": "Description",
    "cronExpression": "Schedule",
    "assigneeId": "Assignee",
    "instructions": "Instructions",
    "instructionsUrl": "Link to instructions",
    "systems": "Systems",
    "tags": "Tags",
    "requiredLinkName": "Required link",
    "proofRequirement": "Proof",
    "instructionDocId": "Document with instructions",
    "requiresFile": "A file",
    "proofType": "Proof",
    "proofLabel": "Name of the proof",
}
_TEXTS = ("assigneeId", "instructions", "instructionsUrl", "requiredLinkName")
_LISTS = ("systems", "tags")
_ON_FORM: dict[str, Clearable | None] = {
    "description": None,
    "cron_expression": None,
    "enabled": None,
    "assignee_id": "assignee_id",
    "instructions": "instructions",
    "instructions_url": "instructions_url",
    "systems": "systems",
    "tags": "tags",
    "required_link_name": "required_link_name",
    "requires_file": "requires_file",
    "proof_requirement": "proof_requirement",
}
"""The model's fields that the form shows; those that can be left empty under the name by which they are cleared."""


class _Stricter(Model):
    """What the contract leaves open, as stored definitions have it, and a form need not."""

    instructions_url: Link
    proof_label: Name


def blank(key: str) -> Form:
    return Form({"key": key, "enabled": "yes"})


def filled(config: RecurringConfig, key: str) -> Form:
    """What is stored, as the form shows it."""
    proof = config.proof_requirement
    return Form(
        {
            "key": key,
            "version": str(config.version),
            "description": config.description,
            "cronExpression": config.cron_expression,
            "enabled": "yes" if config.enabled else "",
            "assigneeId": config.assignee_id or "",
            "instructions": config.instructions or "",
            "instructionsUrl": config.instructions_url or "",
            "systems": ", ".join(config.systems or []),
            "tags": ", ".join(config.tags or []),
            "requiredLinkName": config.required_link_name or "",
            "requiresFile": "yes" if config.requires_file else "",
            "proofType": proof.type if proof else "",
            "proofLabel": (proof.label or "") if proof else "",
        }
    )


def definition(form: Form, **ours: Any) -> CreateRecurring:
    """What the form describes; ``ours`` is set by the portal. Raises BadInput with a sentence for each
    field of the form that is wrong."""
    sent: dict[str, Any] = {name: form.text(name) for name in ("description", *_TEXTS) if form.text(name)}
    sent |= {name: items for name in _LISTS if (items := _items(form.text(name)))}
    if cron := form.text("cronExpression") or form.text("preset"):
        sent["cronExpression"] = cron
    if "instructions" in sent:
        sent["instructions"] = sent["instructions"].replace("\r\n", "\n")
    if form.text("requiresFile"):
        sent["requiresFile"] = True
    if form.text("proofType"):
        proof = {"type": form.text("proofType"), "required": True}
        sent["proofRequirement"] = proof | ({"label": form.text("proofLabel")} if form.text("proofLabel") else {})
    elif form.text("proofLabel"):
        raise BadInput(messages.PROOF_TYPE_MISSING, {"proofType": messages.PROOF_TYPE_FOR_NAME})
    try:
        _Stricter.model_validate(
            {"proofLabel": form.text("proofLabel"), "instructionsUrl": form.text("instructionsUrl")}
        )
        sent |= {"enabled": bool(form.text("enabled"))} | ours
        return CreateRecurring.model_validate(sent, by_alias=True, by_name=False)
    except ValidationError as error:
        fault = bad_input(error)
        raise BadInput(str(fault), dict(_on_form(*one) for one in fault.fields.items())) from None


def changes(wanted: CreateRecurring, config: RecurringConfig) -> tuple[RecurringChanges, tuple[Clearable, ...]]:
    """What differs from what is stored, and which fields are to be empty: the history shall tell no more than that."""
    broken = unreadable(config)
    changed: dict[str, Any] = {}
    cleared: list[Clearable] = ["instruction_doc_id"] if "instructionDocId" in broken else []
    for name, clearable in _ON_FORM.items():
        new, old = getattr(wanted, name), getattr(config, name)
        if new is None and clearable is not None:
            if old or to_camel(name) in broken:
                cleared.append(clearable)
        elif to_camel(name) in broken or not _same(new, old):
            changed[name] = new
    return RecurringChanges.model_validate(changed), tuple(cleared)


def unreadable(config: RecurringConfig | None) -> dict[str, str]:
    """A reason for each field of what is stored that cannot be read: saving the form replaces it."""
    found = (config.unreadable or {}) if config else {}
    return {re.split(r"[.\[]", name)[0]: reason for name, reason in found.items()}


def cron_fault(message: str) -> str:
    return capital(message.removeprefix(REFUSED))


def _same(new: Any, old: Any) -> bool:
    """Proof of the same type and name is the same; the form does not ask whether it may be left out."""
    if isinstance(new, ProofRequirement) and isinstance(old, ProofRequirement):
        return (new.type, new.label) == (old.type, old.label)
    return new == old


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _on_form(name: str, reason: str) -> tuple[str, str]:
    """The field of the form, and a sentence on what is wrong with it."""
    if name == "proofRequirement.type":
        return "proofType", messages.CHOOSE_PROOF
    field = "proofLabel" if name == "proofRequirement.label" else name.partition("[")[0]
    if reason.startswith(REFUSED):
        return field, cron_fault(reason)
    return field, f"{LABELS.get(field, field)} {reason}"
