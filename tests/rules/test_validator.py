"""Each rule of the export format: one fault in an export that is valid otherwise, caught where it is."""

from pathlib import Path

import pytest

from contracts.transfer.export_records import REFERENCE_LISTS, RELATIONS, Entity
from services.cli.commands.import_export import is_importable
from services.exports.entities import SHAPES
from services.exports.faults import Fault
from services.exports.validator import validate
from tests.rules.format_mutations import FORMAT
from tests.rules.mutations import WAITING, Mutation
from tests.rules.strict_mutations import STRICT
from tests.rules.valid_export import Export

pytestmark = pytest.mark.requirement("R-EXP-4")


def _spoiled(mutation: Mutation, directory: Path, producer: str | None = "dataops 0.1.0") -> Path:
    export = Export(producer=producer)
    mutation.apply(export)
    return export.write(directory)


def _names(mutation: Mutation, fault: Fault) -> bool:
    is_named = mutation.reason in fault.message and (mutation.field is None or fault.field == mutation.field)
    return is_named and fault.file == mutation.place[0].file_name


def test_the_export_to_be_spoiled_is_valid(tmp_path: Path) -> None:
    report = validate(Export().write(tmp_path))
    assert [fault.message for fault in (*report.faults.errors, *report.faults.warnings)] == []
    assert report.valid
    assert report.counts == {entity: len(records) for entity, records in Export().records.items()}


@pytest.mark.parametrize("mutation", FORMAT, ids=lambda one: one.label)
def test_a_fault_of_the_format_makes_every_export_invalid(mutation: Mutation, tmp_path: Path) -> None:
    report = validate(_spoiled(mutation, tmp_path, producer=None))
    found = [fault for fault in report.faults.errors if _names(mutation, fault)]
    assert found, [fault.message for fault in report.faults.errors]
    assert found[0].line == mutation.at_line


@pytest.mark.parametrize("mutation", STRICT, ids=lambda one: one.label)
def test_a_stricter_fault_makes_our_own_export_invalid_and_is_a_warning_in_others(
    mutation: Mutation, tmp_path: Path
) -> None:
    ours = validate(_spoiled(mutation, tmp_path / "ours"))
    found = [fault for fault in ours.faults.errors if _names(mutation, fault)]
    assert found, [fault.message for fault in ours.faults.errors]
    assert found[0].line == mutation.at_line
    others = validate(_spoiled(mutation, tmp_path / "others", producer=None))
    assert any(_names(mutation, fault) for fault in others.faults.warnings)


@pytest.mark.requirement("R-EXP-5")
def test_text_with_a_secret_is_invalid_and_still_imported(tmp_path: Path) -> None:
    """What an earlier version did not know to be a secret must not keep its exports out."""
    report = validate(_spoiled(Mutation(WAITING, "comment", "password: hunter22hunter", ""), tmp_path))
    assert not report.valid
    assert is_importable(report)


@pytest.mark.requirement("R-EXP-5")
def test_text_with_a_secret_excuses_no_other_fault(tmp_path: Path) -> None:
    export = Export()
    export.records[Entity.TASKS][0] |= {"comment": "password: hunter22hunter", "bundle_id": "no-such-run"}
    assert not is_importable(validate(export.write(tmp_path)))


def test_a_task_has_the_template_of_its_run(tmp_path: Path) -> None:
    export = Export()
    export.records[Entity.TEMPLATES].append({**export.records[Entity.TEMPLATES][0], "template_id": "template-2"})
    export.records[Entity.TASKS][1]["template_id"] = "template-2"
    assert [fault.message for fault in validate(export.write(tmp_path)).faults.errors] == [
        "tasks[1] field template_id must be that of its bundle"
    ]


def test_a_skip_closure_an_incident_and_an_unreadable_cron_that_is_paused_are_known(tmp_path: Path) -> None:
    export = Export()
    export.records[Entity.RECURRING_CONFIGS][0] |= {"cron_expression": "every day at nine", "enabled": False}
    skipped = export.records[Entity.TASKS][2]
    del skipped["link"]
    skipped |= {"comment": "Not needed", "validation": {"skipClosure": {"allowedStatuses": ["not needed"]}}}
    notice = export.records[Entity.NOTIFICATIONS][2]
    del notice["bundle_id"], notice["template_id"]
    notice |= {"notification_type": "automation-failure", "metadata": {"incident": "outage"}}
    assert validate(export.write(tmp_path)).valid


def test_what_the_exporter_resolves_is_what_the_validator_looks_up() -> None:
    for entity, relations in RELATIONS.items():
        fields = SHAPES[entity].fields
        assert {name: field.refers_to for name, field in fields.items() if field.refers_to} == relations
    for entity in (Entity.TASKS, Entity.BUNDLES):
        assert {one.field: (one.key, one.refers_to) for one in SHAPES[entity].listed} == REFERENCE_LISTS
