"""What work imports is what it exported: records turn back into the documents they were made of."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contracts.transfer.export_records import Entity, Record
from services.notifier.export_records import notification_record
from services.notifier.import_records import notification_of
from services.work.transfer.export_records import ProofOutside, draft_record, finished_record, with_proof
from services.work.transfer.import_records import Unimportable, document_of

pytestmark = pytest.mark.requirement("R-EXP-5")
UTC = ZoneInfo("UTC")
AT = dt.datetime(2028, 2, 2, 8, tzinfo=dt.UTC)
STAMPS: dict[str, Any] = {"created_at": AT, "updated_at": AT, "version": 3}
TASK: dict[str, Any] = {
    "_id": "t-1",
    "description": "Publish",
    "date": "2028-02-02",
    "status": "done",
    "completed_at": AT,
    "source": "banana",
    "overdue_from": "2028-02-03",
    "missing": [],
    "bundle_id": "b-1",
    "assignee_id": "user-grace",
    "artifact_refs": [{"artifactId": "a-1", "title": "Draft"}, {"artifactId": "gone"}],
    "required_link_name": "Page",
    "requires_file": True,
    "proof_requirement": {"type": "artifact", "label": "Page"},
    **STAMPS,
}
KNOWN = {Entity.BUNDLES: {"b-1"}, Entity.ARTIFACTS: {"a-1", "a-2"}, Entity.USERS: set[str]()}
LISTED_BY_THE_RUN = ProofOutside(approved=frozenset({"a-2"}), listed={"b-1": ["a-2"]})


def exported(entity: Entity, document: dict[str, Any]) -> Record:
    return finished_record(entity, draft_record(entity, document), KNOWN, {"b-1": None})


@pytest.mark.parametrize("outside", [ProofOutside(), LISTED_BY_THE_RUN])
def test_what_the_export_keeps_apart_of_a_done_task_comes_back(outside: ProofOutside) -> None:
    record = with_proof(exported(Entity.TASKS, TASK), outside)
    kept_apart = {"unresolved_references", "waived_requirements", "stated_source"}
    assert kept_apart <= record.keys()
    assert ("inherited_artifact_refs" in record) is (outside is LISTED_BY_THE_RUN)
    assert document_of(Entity.TASKS, record, UTC) == TASK


def test_a_template_comes_back_with_its_timeline_and_what_its_steps_name() -> None:
    revision = {"since": AT, "cron": "0 9 * * *", "lead_days": 2, "enabled": False, "archived": True, "reason": "Over"}
    step = {"ref_id": "page", "description": "Publish", "offset_days": 1, "assignee_id": "user-grace", "customKey": 1}
    template: dict[str, Any] = {
        "_id": "x-1",
        "name": "Webinar",
        "type": "webinar",
        "task_definitions": [{**step, "artifact_refs": [{"artifactId": "gone"}]}],
        "trigger_type": "automatic",
        "timeline": [revision],
        "deleted_at": None,
        **STAMPS,
    }
    record = exported(Entity.TEMPLATES, template)
    assert record["archived_at"] == record["timeline"][0]["since"] == "2028-02-02T08:00:00.000Z"
    assert document_of(Entity.TEMPLATES, record, UTC) == template


def test_what_an_old_record_lacks_is_derived() -> None:
    at = "2028-02-02T08:00:00.000Z"
    config = {"recurring_config_id": "c-1", "description": "Invites", "cron_expression": "daily", "created_at": at}
    document = document_of(Entity.RECURRING_CONFIGS, {**config, "enabled": True, "updated_at": at}, UTC)
    assert [(one["cron"], one["enabled"], one["since"]) for one in document["timeline"]] == [("daily", False, AT)]
    task = {"task_id": "t-1", "description": "A", "date": "2028-02-01", "status": "waiting", "source": "template"}
    waiting = {"waiting_for": "Paul", "follow_up_at": "2028-02-05", "bundle_id": "b-1", "created_at": at}
    document = document_of(Entity.TASKS, {**task, **waiting, "updated_at": at}, ZoneInfo("Europe/Berlin"))
    assert document["follow_up_due_at"] == dt.datetime(2028, 2, 4, 23, tzinfo=dt.UTC)
    assert (document["overdue_from"], document["late_run"], document["version"]) == ("2028-02-03", True, 1)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"task_id": ""}, "task_id is missing"),
        ({"created_at": "some day"}, "created_at is not an instant"),
        ({"created_at": "2028-02-02T08:00:00"}, "created_at has no zone"),
        ({"created_at": None}, "created_at is not an instant"),
        ({"date": "2028-02-30"}, "date"),
        ({"status": "dome"}, "status"),
        ({"follow_up_at": "soon"}, "soon"),
    ],
)
def test_a_record_that_could_not_be_read_again_is_refused_by_field(changes: Record, reason: str) -> None:
    record = draft_record(Entity.TASKS, TASK)
    with pytest.raises(Unimportable, match=reason):
        document_of(Entity.TASKS, {**record, **changes}, UTC)


def test_a_notification_comes_back_with_who_put_it_aside() -> None:
    document = {
        "_id": "n-1",
        "message": "Due",
        "type": "task-due",
        "severity": "info",
        "cause": "task-due:t-1",
        "user_id": None,
        "resolved": False,
        "dismissed_by": ["user-1", "*"],
        "created_at": AT,
    }
    record = notification_record(document, {"user-1"})
    assert record["dismissed"] is True
    assert notification_of(record) == document
    old = {name: value for name, value in record.items() if name not in ("cause", "resolved", "dismissed_by")}
    assert notification_of(old)["resolved"] is True
