"""The nine duties of a community's operations, complete enough to use on the first day."""

from dataclasses import dataclass, field
from typing import Any

from contracts.fields.proof import ProofRequirement
from contracts.fields.template import LinkDefinitionInput, TaskDefinitionInput
from contracts.recurring import CreateRecurring
from contracts.templates import CreateTemplate
from contracts.values import ProofType, Stage, derived_id


@dataclass(frozen=True)
class People:
    """User ids; None leaves that work unassigned."""

    operations: str | None = None
    content: str | None = None
    reviewer: str | None = None


@dataclass(frozen=True)
class StandardDuties:
    recurring: list[CreateRecurring] = field(default_factory=list[CreateRecurring])
    templates: list[CreateTemplate] = field(default_factory=list[CreateTemplate])


def standard_duties(people: People, *, enabled: bool, actor: str | None = None) -> StandardDuties:
    """Six recurring tasks and three workflows under fixed ids, so that a second seed changes nothing."""
    common: dict[str, Any] = {"enabled": enabled, "actor": actor}
    if people.operations:
        common["assignee_id"] = people.operations
    return StandardDuties(
        recurring=[
            CreateRecurring(id=derived_id(f"standard-duty:{name}"), **common, **fields)
            for name, fields in _RECURRING.items()
        ],
        templates=[
            CreateTemplate(
                id=derived_id(f"standard-duty:{name}"),
                actor=actor,
                trigger_type="automatic",
                trigger_enabled=enabled,
                task_definitions=_assigned(steps, people),
                **({"default_assignee_id": people.operations} if people.operations else {}),
                **fields,
            )
            for name, fields, steps in (
                ("newsletter", _NEWSLETTER, _NEWSLETTER_STEPS),
                ("social-media-week", _SOCIAL_MEDIA, _SOCIAL_MEDIA_STEPS),
                ("tax-report", _TAX_REPORT, _TAX_REPORT_STEPS),
            )
        ],
    )


def _assigned(steps: list[TaskDefinitionInput], people: People) -> list[TaskDefinitionInput]:
    """Steps of the content phase go to the content person, steps of the review phase to the reviewer."""
    assignees = {"content": people.content, "review": people.reviewer}
    return [step.model_copy(update={"assignee_id": assignees.get(step.phase or "")}) for step in steps]


def _proof(type: ProofType, label: str | None = None) -> ProofRequirement:
    return ProofRequirement(type=type, label=label, required=True)


def _link(name: str) -> dict[str, Any]:
    return {"required_link_name": name, "proof_requirement": _proof(ProofType.URL, name)}


def _file(label: str) -> dict[str, Any]:
    return {"requires_file": True, "proof_requirement": _proof(ProofType.FILE, label)}


def _comment(label: str) -> dict[str, Any]:
    return {"proof_requirement": _proof(ProofType.COMMENT, label)}


def _status(label: str) -> dict[str, Any]:
    return {"proof_requirement": _proof(ProofType.EXTERNAL_STATUS, label)}


def _step(ref_id: str, offset_days: int, description: str, **fields: Any) -> TaskDefinitionInput:
    return TaskDefinitionInput(ref_id=ref_id, offset_days=offset_days, description=description, **fields)


_RECURRING: dict[str, dict[str, Any]] = {
    "slack-invites": {
        "description": "Handle new Slack invite requests",
        "cron_expression": "0 9 * * *",
        "instructions": "Open the invite form's table in Airtable. Send an invite to every new address, then mark the "
        "row as invited. Leave out addresses that are obviously made up.",
        "systems": ["Airtable", "Slack"],
        "tags": ["community"],
    },
    "intake-review": {
        "description": "Review new task and card intake",
        "cron_expression": "0 9 * * *",
        "instructions": "Go through what arrived since yesterday. Turn it into a task with an owner and a date, hand "
        "it to the right person, or ask back what is meant. Leave nothing unanswered.",
        "tags": ["operations"],
    },
    "mailchimp-backup": {
        "description": "Mailchimp mailing-list backup",
        "cron_expression": "0 9 * * 3",
        "instructions": "Export the whole audience from Mailchimp and upload the ZIP here.",
        "systems": ["Mailchimp"],
        "tags": ["backup"],
        **_file("Backup ZIP"),
    },
    "slack-dump": {
        "description": "Slack dump",
        "cron_expression": "0 9 1 * *",
        "instructions": "Export last month's messages from Slack, put them into the dump folder and add its link.",
        "systems": ["Slack", "Dropbox"],
        "tags": ["backup"],
        **_link("Dump folder"),
    },
    "sponsor-follow-up": {
        "description": "Sponsor performance follow-up",
        "cron_expression": "0 10 15 * *",
        "instructions": "Ask each sponsor of last month how their placement did. Usually this waits for the sponsor: "
        "mark it waiting with a follow-up date, and write down the outcome when it is known.",
        "tags": ["sponsors"],
        **_comment("Outcome"),
    },
    "bookkeeping-check": {
        "description": "Bookkeeping check: invoices, receipts, Dropbox, TODO values",
        "cron_expression": "0 9 * * 1",
        "instructions": "Look for invoices without a payment, payments without a receipt, documents that are not in "
        "Dropbox yet, and values still marked TODO. Done means none is left unresolved.",
        "systems": ["Dropbox"],
        "tags": ["finance"],
        **_status("No unresolved TODO"),
    },
}

_NEWSLETTER: dict[str, Any] = {
    "name": "Newsletter",
    "type": "newsletter",
    "tags": ["newsletter"],
    "trigger_schedule": "0 9 * * 1",
    "trigger_lead_days": 14,
    "bundle_link_definitions": [
        LinkDefinitionInput(name=name) for name in ("Sponsorship document", "Mailchimp newsletter", "LinkedIn", "X")
    ],
}
_NEWSLETTER_STEPS = [
    _step("sponsorship-document", -14, "Create the sponsorship document", **_link("Sponsorship document")),
    _step("email-sponsor", -14, "E-mail the sponsor with the document", is_milestone=True, **_comment("Sent to")),
    _step("mailchimp-campaign", -13, "Create the Mailchimp campaign", **_link("Mailchimp newsletter")),
    _step("sponsored-block", -12, "Fill the sponsored block", **_status("Block filled")),
    _step("book-block", -11, "Fill the book block", phase="content", **_comment("What was featured")),
    _step("event-block", -10, "Fill the event block", phase="content", **_comment("What was featured")),
    _step("podcast-block", -9, "Fill the podcast block", phase="content", **_comment("What was featured")),
    _step("article-block", -8, "Fill the article block", phase="content", **_comment("What was featured")),
    _step(
        "schedule-email",
        -1,
        "Schedule the e-mail",
        is_milestone=True,
        stage_on_complete=Stage.ANNOUNCED,
        **_status("Campaign scheduled"),
    ),
    _step("invoice", 0, "Create the invoice", **_file("Invoice PDF")),
    _step(
        "tell-sponsor",
        1,
        "Tell the sponsor that the issue is live",
        is_milestone=True,
        stage_on_complete=Stage.AFTER_EVENT,
        **_comment("Told"),
    ),
    _step("linkedin-post", 2, "Schedule the sponsored LinkedIn post", **_link("LinkedIn")),
    _step("x-post", 3, "Schedule the sponsored X post", **_link("X")),
    _step("record-performance", 7, "Record the performance", is_milestone=True, **_status("Numbers recorded")),
    _step(
        "send-performance",
        7,
        "Send the performance to the sponsor",
        is_milestone=True,
        stage_on_complete=Stage.DONE,
        **_comment("Sent"),
    ),
]

_SOCIAL_MEDIA: dict[str, Any] = {
    "name": "Social media week",
    "type": "social-media",
    "tags": ["social"],
    "trigger_schedule": "0 9 * * 5",
    "trigger_lead_days": 3,
    "bundle_link_definitions": [LinkDefinitionInput(name="LinkedIn")],
}
_SOCIAL_MEDIA_STEPS = [
    _step("monday-post", 0, "Schedule Monday's post", **_link("LinkedIn")),
    _step("tuesday-post", 1, "Schedule Tuesday's post", **_link("LinkedIn")),
    _step("wednesday-post", 2, "Schedule Wednesday's sponsored post", **_link("LinkedIn")),
    _step("thursday-post", 3, "Schedule Thursday's post", **_link("LinkedIn")),
    _step(
        "friday-post",
        4,
        "Schedule Friday's post and close the week",
        is_milestone=True,
        stage_on_complete=Stage.DONE,
        **_link("LinkedIn"),
    ),
]

_TAX_REPORT: dict[str, Any] = {
    "name": "Monthly tax report",
    "type": "tax-report",
    "tags": ["finance"],
    "trigger_schedule": "0 9 1 * *",
    "trigger_lead_days": 0,
    "bundle_link_definitions": [
        LinkDefinitionInput(name=name) for name in ("Monthly report", "Upload link", "Accountant thread")
    ],
}
_TAX_REPORT_STEPS = [
    _step("open-report", 0, "Open the month's bookkeeping report", **_link("Monthly report")),
    _step("check-todo", 1, "Check TODO values against documents, receipts and invoices", **_status("All resolved")),
    _step("convert-currency", 2, "Convert foreign currency to EUR", **_comment("Rate: source and date")),
    _step("bank-statement", 3, "File the bank statement", **_file("Bank statement")),
    _step("card-statement", 3, "File the card statement", **_file("Card statement")),
    _step("cross-check", 4, "Cross-check the two statements", phase="review", **_status("Reconciled")),
    _step(
        "upload-zip",
        5,
        "Pack org-YYYY-MM.zip and upload it",
        required_link_name="Upload link",
        **_file("Tax ZIP"),
    ),
    _step(
        "notify-accountants",
        6,
        "Notify the accountants",
        instructions="Wait for their acknowledgement: mark this waiting and follow up after two days.",
        **_link("Accountant thread"),
    ),
    _step(
        "tidy-folders",
        7,
        "Tidy the folders",
        is_milestone=True,
        stage_on_complete=Stage.DONE,
        **_status("Tidy"),
    ),
]
