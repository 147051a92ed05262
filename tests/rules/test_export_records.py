"""What the records of an export say, and how they are written."""

import datetime as dt
import json
from collections.abc import Set
from typing import Any

import pytest

from contracts.templates import Template
from contracts.transfer.export_records import Entity, Known, line_of, record_of, resolved
from services.notifier.export_records import notification_record
from services.notifier.store import EVERYBODY
from services.work.transfer.export_records import ProofOutside, draft_record, finished_record, named_by, with_proof

NOON = dt.datetime(2028, 2, 2, 12, 0, 0, 123_000, tzinfo=dt.UTC)
OLIVIA = "a-user"
EVENT = {"auditEventId": "e1"}


def done(**fields: Any) -> dict[str, Any]:
    return {
        "_id": "t1",
        "description": "Pay the hall",
        "date": "2028-02-02",
        "status": "done",
        "source": "manual",
        "completed_at": NOON,
        "created_at": NOON,
        "updated_at": NOON,
        **fields,
    }


def exported(
    task: dict[str, Any],
    outside: ProofOutside | None = None,
    users: Set[str] = frozenset(),
    runs: dict[str, str | None] | None = None,
) -> Any:
    drafts = [draft_record(Entity.TASKS, task)]
    known: Known = {**named_by(Entity.TASKS, drafts), Entity.USERS: users}
    finished = finished_record(Entity.TASKS, drafts[0], known, runs or {})
    return with_proof(finished, outside or ProofOutside())


@pytest.mark.requirement("R-EXP-2")
def test_a_line_has_sorted_keys_no_spaces_and_nested_objects_as_they_are_stored() -> None:
    line = line_of({"title": "Größe \u2028", "metadata": {"z": 1, "a": [1.5, None]}, "artifact_id": "x"})
    assert line == '{"artifact_id":"x","metadata":{"z":1,"a":[1.5,null]},"title":"Größe \u2028"}\n'


@pytest.mark.requirement("R-EXP-2")
def test_what_has_no_value_is_left_out_and_false_zero_and_an_empty_object_are_values() -> None:
    stored = done(comment="", tags=[], link=None, requires_file=False, step=0, validation={}, completed_at=NOON)
    record = record_of(Entity.TASKS, stored)
    assert (record["requires_file"], record["step"], record["validation"]) == (False, 0, {})
    assert record["completed_at"] == "2028-02-02T12:00:00.123Z"
    assert record.keys().isdisjoint({"comment", "tags", "link"})


@pytest.mark.requirement("R-EXP-3")
def test_a_field_that_is_not_allowed_never_leaves() -> None:
    stored = {"_id": "u1", "name": "Olivia", "password_hash": "$argon2id$x", "token": "x", "created_at": NOON}
    assert record_of(Entity.USERS, stored).keys() == {"user_id", "name", "created_at"}


@pytest.mark.requirement("R-EXP-2")
def test_a_reference_to_nothing_is_kept_apart() -> None:
    record = {
        "task_id": "t1",
        "assignee_id": "user-grace",
        "bundle_id": "b1",
        "artifact_refs": [{"artifactId": "gone"}, {"artifactId": "a1", "title": "Report"}],
        "assistant_job_refs": [{"assistantJobId": "j1"}],
    }
    known = {Entity.BUNDLES: {"b1"}, Entity.ARTIFACTS: {"a1"}}
    assert resolved(Entity.TASKS, record, known) == {
        "task_id": "t1",
        "bundle_id": "b1",
        "artifact_refs": [{"artifactId": "a1", "title": "Report"}],
        "unresolved_references": {
            "assignee_id": "user-grace",
            "artifact_refs": [{"artifactId": "gone"}],
            "assistant_job_refs": [{"assistantJobId": "j1"}],
        },
    }


@pytest.mark.requirement("R-EXP-2")
def test_gates_that_were_waived_are_exported_as_no_requirement() -> None:
    proof = {"type": "url", "label": "Invoice"}
    record = exported(
        done(required_link_name="Luma", requires_file=True, proof_requirement=proof, comment="[x] Skipped")
    )
    assert "required_link_name" not in record
    assert record["requires_file"] is False
    assert record["proof_requirement"] == {**proof, "required": False}
    assert record["waived_requirements"] == {
        "required_link_name": "Luma",
        "requires_file": True,
        "proof_requirement": proof,
    }


@pytest.mark.requirement("R-EXP-2")
@pytest.mark.parametrize(
    ("fields", "outside"),
    [
        ({"required_link_name": "Luma", "link": "https://lu.ma/x"}, ProofOutside()),
        ({"requires_file": True}, ProofOutside(with_file={"t1"})),
        ({"proof_requirement": {"type": "file"}}, ProofOutside(with_file={"t1"})),
        ({"proof_requirement": {"type": "comment"}, "comment": "[x] paid"}, ProofOutside()),
        ({"proof_requirement": {"type": "url", "required": False}}, ProofOutside()),
        ({"proof_requirement": {"type": "artifact"}}, ProofOutside(approved_for_task={"t1"})),
        ({"proof_requirement": {"type": "artifact"}, "bundle_id": "b1"}, ProofOutside(approved_for_bundle={"b1"})),
    ],
)
def test_gates_that_were_met_stay_as_they_are(fields: dict[str, Any], outside: ProofOutside) -> None:
    record = exported(done(**fields), outside)
    assert fields.items() <= record.items()
    assert "waived_requirements" not in record


@pytest.mark.requirement("R-EXP-2")
def test_a_proof_that_only_the_run_lists_is_listed_by_the_task_and_marked() -> None:
    task = done(proof_requirement={"type": "artifact"}, bundle_id="b1", artifact_refs=[{"artifactId": "a1"}])
    record = exported(task, ProofOutside(approved={"a2"}, listed={"b1": ["a0", "a2"]}))
    assert record["artifact_refs"] == [{"artifactId": "a1"}, {"artifactId": "a2"}]
    assert record["inherited_artifact_refs"] == ["a2"]
    assert "waived_requirements" not in record


@pytest.mark.requirement("R-EXP-2")
def test_an_open_task_keeps_its_requirements() -> None:
    record = exported(done(status="todo", requires_file=True))
    assert record["requires_file"] is True
    assert "waived_requirements" not in record


@pytest.mark.requirement("R-EXP-2")
@pytest.mark.parametrize(
    ("fields", "source"),
    [
        ({"source": "slack"}, {"source": "manual", "stated_source": "slack"}),
        ({"source": "template"}, {"source": "manual", "stated_source": "template"}),
        ({"source": "recurring", "recurring_config_id": "c1"}, {"source": "recurring"}),
        ({"source": "email"}, {"source": "email"}),
    ],
)
def test_a_source_is_one_of_the_format_or_kept_as_it_was_stated(fields: dict[str, Any], source: dict[str, Any]) -> None:
    record = exported(done(**fields))
    assert {name: value for name, value in record.items() if name.endswith("source")} == source


@pytest.mark.requirement("R-EXP-2")
def test_a_step_of_a_run_names_the_template_of_the_run_or_none() -> None:
    record = exported(done(bundle_id="b1", template_id="another"), runs={"b1": "t1"})
    assert "template_id" not in record
    assert record["unresolved_references"] == {"template_id": "another"}
    assert exported(done(bundle_id="b1", template_id="t1"), runs={"b1": "t1"})["template_id"] == "t1"


@pytest.mark.requirement("R-EXP-3")
def test_keys_of_a_database_are_left_out_wherever_they_stand() -> None:
    assert exported(done(validation={"_id": 1, "a": [{"PK": "x", "b": 2}]}))["validation"] == {"a": [{"b": 2}]}


@pytest.mark.requirement("R-EXP-2")
def test_a_config_says_what_is_in_force_and_carries_its_timeline() -> None:
    timeline = [
        {"since": NOON, "cron": "0 9 * * *", "enabled": True, "archived": False, "lead_days": 0},
        {"since": NOON + dt.timedelta(days=1), "cron": "0 9 * * 1", "enabled": False, "archived": True, "by": OLIVIA},
        {"since": NOON + dt.timedelta(days=2), "cron": "0 9 * * 1", "enabled": True, "archived": True},
    ]
    current = {"cron": "0 9 * * 1", "enabled": False, "archived": True}
    stored = {"_id": "c1", "description": "Invites", "timeline": timeline, "current": current, "changed_at": NOON}
    record = draft_record(Entity.RECURRING_CONFIGS, stored)
    assert (record["cron_expression"], record["enabled"]) == ("0 9 * * 1", False)
    assert record["archived_at"] == "2028-02-03T12:00:00.123Z"
    assert record["timeline"][1] == {
        "since": "2028-02-03T12:00:00.123Z",
        "cron": "0 9 * * 1",
        "enabled": False,
        "archived": True,
        "by": OLIVIA,
    }
    assert "leadDays" in record["timeline"][0]
    assert "changed_at" not in record


@pytest.mark.requirement("R-EXP-2")
def test_definitions_are_named_as_on_http_and_keep_what_clients_added() -> None:
    definition = {"ref_id": "r1", "description": "Book", "offset_days": -3, "assignee_id": "nobody", "my_key": 1}
    definition |= {"artifact_refs": [{"artifactId": "a1"}, {"artifactId": "a2"}], "audit_event_refs": [EVENT]}
    stored = {"_id": "x", "name": "Newsletter", "type": "newsletter", "emoji": "N", "task_definitions": [definition]}
    drafts = [draft_record(Entity.TEMPLATES, stored)]
    assert named_by(Entity.TEMPLATES, drafts)[Entity.ARTIFACTS] == {"a1", "a2"}
    known: Known = {Entity.USERS: {OLIVIA}, Entity.ARTIFACTS: {"a2"}}
    record = finished_record(Entity.TEMPLATES, drafts[0], known, {})
    assert record["task_definitions"] == [
        {"refId": "r1", "description": "Book", "offsetDays": -3, "my_key": 1, "artifactRefs": [{"artifactId": "a2"}]}
    ]
    lost = {"assigneeId": "nobody", "artifactRefs": [{"artifactId": "a1"}], "auditEventRefs": [EVENT]}
    assert record["unresolved_references"] == {"task_definitions": {"r1": lost}}
    assert record["emoji"] == "N"
    again = Template.model_validate({**json.loads(line_of(record)), "id": "x", "created_at": NOON, "updated_at": NOON})
    assert again.task_definitions[0].ref_id == "r1"


@pytest.mark.requirement("R-EXP-2")
@pytest.mark.parametrize(
    ("stored", "dismissed"),
    [
        ({}, False),
        ({"resolved": True}, True),
        ({"dismissed_by": [EVERYBODY]}, True),
        ({"user_id": OLIVIA, "dismissed_by": [OLIVIA]}, True),
        ({"user_id": OLIVIA, "dismissed_by": ["another"]}, False),
        ({"dismissed_by": [OLIVIA]}, False),
        ({"dismissed_by": [OLIVIA, "another", "left"]}, True),
    ],
)
def test_a_notification_is_dismissed_when_nobody_sees_it_any_more_who_should(
    stored: dict[str, Any], dismissed: bool
) -> None:
    document = {"_id": "n1", "type": "task-due", "message": "Due", "resolved": False, "user_id": None, **stored}
    record = notification_record(document, {OLIVIA, "another"})
    assert (record["notification_type"], record["dismissed"]) == ("task-due", dismissed)


@pytest.mark.requirement("R-EXP-2")
def test_done_task_without_completion_time_gets_its_last_change() -> None:
    record = exported(done(completed_at=None))
    assert record["completed_at"] == record["updated_at"] == "2028-02-02T12:00:00.123Z"
