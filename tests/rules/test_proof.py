"""What a task still needs: each gate, its words for people and for API clients, and what a skip closure waives."""

from typing import Any

import pytest

from contracts.values import ProofType
from services.work.tasks.proof import Proof, find_missing_proof, missing_items, needed_kinds

DONE = "Cannot mark task as done: "


@pytest.mark.requirement("R-TSK-4")
@pytest.mark.parametrize(
    ("task", "proof", "items"),
    [
        ({"required_link_name": "LinkedIn"}, Proof(), ["LinkedIn URL"]),
        ({"required_link_name": "LinkedIn", "link": "https://example.org"}, Proof(), []),
        ({"requires_file": True}, Proof(), ["file"]),
        ({"requires_file": True}, Proof(has_file=True), []),
        ({"requires_file": True, "proof_requirement": {"type": "file", "label": "ZIP"}}, Proof(), ["ZIP file"]),
        ({"proof_requirement": {"type": "comment", "label": "Outcome"}}, Proof(), ["comment “Outcome”"]),
        ({"proof_requirement": {"type": "comment"}, "comment": " "}, Proof(), ["comment"]),
        ({"proof_requirement": {"type": "comment"}, "comment": "fine"}, Proof(), []),
        ({"proof_requirement": {"type": "external-status"}}, Proof(), ["status"]),
        ({"proof_requirement": {"type": "external-status"}, "external_status": "ok"}, Proof(), []),
        ({"proof_requirement": {"type": "url", "label": "Post", "required": False}}, Proof(), []),
        ({"proof_requirement": {"type": "url", "label": "Post URL"}}, Proof(), ["Post URL"]),
        ({"proof_requirement": {"type": "artifact", "label": "Deck"}}, Proof(), ["approved artifact “Deck”"]),
        ({"proof_requirement": {"type": "artifact"}}, Proof(approved_artifact=True), []),
        ({"validation": {"requiredBundleLinks": ["X", "Y"]}}, Proof(), ["workflow link X"]),
        (
            {"validation": {"requiredBundleLinks": ["X", "Y"]}},
            Proof(bundle_links={"X": "https://x.org", "Y": " "}),
            ["workflow link Y"],
        ),
        ({"validation": "free text"}, Proof(), []),
    ],
)
def test_what_a_task_still_needs_is_named(task: dict[str, Any], proof: Proof, items: list[str]) -> None:
    assert missing_items(task, proof) == items


@pytest.mark.requirement("R-TSK-4")
def test_a_form_for_proof_asks_for_what_can_be_put_on_the_task_itself() -> None:
    task: dict[str, Any] = {
        "required_link_name": "LinkedIn",
        "requires_file": True,
        "validation": {"requiredBundleLinks": ["Mailchimp"]},
        "proof_requirement": {"type": "comment"},
    }
    assert needed_kinds(task, missing_items(task)) == [ProofType.URL, ProofType.FILE, ProofType.COMMENT]
    uploaded = missing_items(task, Proof(has_file=True))
    assert needed_kinds(task, uploaded) == [ProofType.URL, ProofType.COMMENT]
    artifact = {"proof_requirement": {"type": "artifact"}, "missing": ["approved artifact"]}
    assert needed_kinds(artifact, artifact["missing"]) == []


@pytest.mark.requirement("R-TSK-4")
def test_gates_refuse_in_their_order_and_in_the_words_that_clients_compare() -> None:
    task = {
        "required_link_name": "LinkedIn",
        "requires_file": True,
        "validation": {"requiredBundleLinks": ["Mailchimp"]},
        "proof_requirement": {"type": "comment", "label": "Completion note"},
    }
    assert [missing.message for missing in find_missing_proof(task, Proof(bundle_links={}))] == [
        DONE + "required link 'LinkedIn' is not filled",
        DONE + "required file has not been uploaded",
        DONE + "required bundle link 'Mailchimp' is not filled",
        DONE + "required comment proof 'Completion note' is missing",
    ]
    [missing_link] = find_missing_proof({"validation": {"requiredBundleLinks": ["Mailchimp"]}})
    assert missing_link.message == DONE + "required shared bundle link 'Mailchimp' needs a workflow bundle"
    [artifact] = find_missing_proof({"proof_requirement": {"type": "artifact", "label": "Deck"}})
    assert artifact.message == DONE + "required approved artifact proof 'Deck' is missing"


def skippable(**closure: Any) -> dict[str, Any]:
    return {
        "required_link_name": "LinkedIn",
        "validation": {
            "requiredBundleLinks": ["Mailchimp"],
            "skipClosure": {"allowedStatuses": ["not sponsored this week", "cancelled"], **closure},
        },
    }


@pytest.mark.requirement("R-TSK-4")
@pytest.mark.parametrize(
    ("closure", "said", "items"),
    [
        ({}, {"comment": "not sponsored this week"}, []),
        ({}, {"comment": "Done?\n[2026-04-01T09:00:00.000Z] Not Sponsored This Week "}, []),
        ({}, {"external_status": "cancelled"}, []),
        ({}, {"comment": "not sponsored"}, ["LinkedIn URL", "workflow link Mailchimp"]),
        ({"requires": ["comment"]}, {"external_status": "cancelled"}, ["LinkedIn URL", "workflow link Mailchimp"]),
        (
            {"suppresses": {"cancelled": {"requiredLink": True}}},
            {"comment": "cancelled"},
            ["workflow link Mailchimp"],
        ),
        ({"suppresses": {"cancelled": {"bundleLinks": ["*"]}}}, {"comment": "cancelled"}, ["LinkedIn URL"]),
        (
            {"suppresses": {"cancelled": {"requiredLink": True}}},
            {"comment": "not sponsored this week"},
            ["LinkedIn URL", "workflow link Mailchimp"],
        ),
    ],
)
def test_a_skip_closure_waives_what_it_lists(closure: dict[str, Any], said: dict[str, str], items: list[str]) -> None:
    assert missing_items({**skippable(**closure), **said}, Proof(bundle_links={})) == items


def test_the_same_words_waive_nothing_on_an_ordinary_task() -> None:
    assert missing_items({"required_link_name": "LinkedIn", "comment": "cancelled"}) == ["LinkedIn URL"]
