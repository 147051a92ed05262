"""Whatever stands in a stored document, its record is one that the format accepts, and says what was wrong."""

import copy
import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from contracts.transfer.export_records import UNREADABLE, Entity, line_of, plain
from services.exports.checks.fields import field_problems
from services.exports.checks.quick_look import is_sound
from services.exports.checks.single_record import RULES, source_problems
from services.exports.entities import SHAPES
from services.exports.reader.lines import NotJson, parsed
from services.exports.repair import leave_out, repair
from services.kit.transfer.export_lines import ExportLines
from tests.rules.valid_export import RECORDS
from tests.support.exports import DEEP

pytestmark = pytest.mark.requirement("R-EXP-4")
ODD: list[Any] = [
    *(None, [], {}, 7, -1, 1.5, 1e308, True, "", "  ", "x", [1], [None], [{}], [[]], {"a": 1}, {"type": []}),
    *("2026-02-30", "0000-01-01", "99999-01-01", "2026-01-01T25:00:00Z", [{"refId": 7}], ["x", 7], "x" * 100_000, DEEP),
    *([{"id": "a"}, 7, {"id": "b", "name": "B"}], {"since": 7}, [{"since": "x"}], {"requiredBundleLinks": 7}),
]


def faults(entity: Entity, record: dict[str, Any]) -> list[str]:
    """As the validator of our own exports finds them, relations aside."""
    try:
        parsed(line_of(record).encode())
    except NotJson as error:
        return [str(error)]
    problems = [*field_problems(dict(sorted(record.items())), entity)]
    for rule in RULES.get(entity, ()):
        if rule is not source_problems:
            problems += rule(record)
    return [problem.reason for problem in problems if problem.field != "source"]


KEPT = [entity for entity in Entity if entity not in (Entity.ASSISTANT_JOBS, Entity.AUDIT_EVENTS)]
FIELDS = [(entity, field) for entity in KEPT for field in sorted(SHAPES[entity].fields) if field != entity.id_field]


@pytest.mark.parametrize(
    ("date", "is_quick"),
    [
        *(("2028-01-31", True), ("2028-04-30", True), ("2028-11-29", True), ("2028-02-28", True)),
        *(("2028-04-31", False), ("2028-02-30", False), ("2028-02-29", False), ("2028-13-01", False)),
    ],
)
def test_is_sound_takes_every_date_but_29_february(date: str, is_quick: bool) -> None:
    record = next(one for one in RECORDS[Entity.TASKS] if is_sound(Entity.TASKS, one))
    assert is_sound(Entity.TASKS, {**record, "date": date}) == is_quick


@pytest.mark.parametrize(("entity", "field"), FIELDS, ids=lambda one: str(one))
def test_repair_makes_any_single_oddity_acceptable(entity: Entity, field: str) -> None:
    for record in RECORDS[entity]:
        absent = {name: value for name, value in record.items() if name != field}
        for odd in (absent, *({**record, field: value} for value in ODD)):
            before = copy.deepcopy(odd)
            repaired = repair(entity, odd)
            assert odd == before
            assert faults(entity, repaired) == []
            assert repaired[entity.id_field] == record[entity.id_field]
            assert field == "source" or (repaired is odd) == (faults(entity, odd) == [])


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


@hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_repair_makes_many_oddities_at_once_acceptable(data: st.DataObject) -> None:
    entity = data.draw(st.sampled_from(KEPT))
    record = data.draw(st.sampled_from(RECORDS[entity]))
    fields = st.sampled_from(sorted({*SHAPES[entity].fields, UNREADABLE} - {entity.id_field}))
    changes = data.draw(st.dictionaries(fields, JSON | st.sampled_from(ODD), max_size=8))
    gone = data.draw(st.sets(fields, max_size=6))
    odd = {name: plain(value) for name, value in (record | changes).items() if name not in gone}
    repaired = repair(entity, odd)
    assert faults(entity, repaired) == []
    assert repair(entity, repaired) == repaired


SAMPLES: list[tuple[Entity, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (
        Entity.TASKS,
        {"status": None},
        {"status": "todo"},
        {"status": {"reason": "missing required string field status"}},
    ),
    (
        Entity.TASKS,
        {"status": "dome"},
        {"status": "todo"},
        {"status": {"reason": "field status has unknown value: dome", "value": "dome"}},
    ),
    (
        Entity.TASKS,
        {"date": "2026-02-30", "tags": ["a", 7]},
        {"date": "2028-02-01", "tags": ["a"]},
        {
            "date": {"reason": "field date must be a YYYY-MM-DD date", "value": "2026-02-30"},
            "tags": {"reason": "field tags must be an array of strings when present", "value": ["a", 7]},
        },
    ),
    (
        Entity.RECURRING_CONFIGS,
        {"cron_expression": "every day", "enabled": True},
        {"cron_expression": "every day", "enabled": False},
        {"enabled": {"value": True}},
    ),
    (
        Entity.NOTIFICATIONS,
        {"task_id": None},
        {"notification_type": "missing-evidence"},
        {"notification_type": {"reason": "missing required string field task_id", "value": "follow-up-due"}},
    ),
    (
        Entity.USERS,
        {"active": "no", "role": "root"},
        {"active": False, "role": "operator"},
        {"active": {"value": "no"}},
    ),
]


@pytest.mark.parametrize(("entity", "stored", "expected", "kept"), SAMPLES)
def test_repair_keeps_what_was_stored_beside(
    entity: Entity, stored: dict[str, Any], expected: dict[str, Any], kept: dict[str, Any]
) -> None:
    record = {name: value for name, value in (RECORDS[entity][0] | stored).items() if value is not None}
    repaired = repair(entity, record)
    assert {name: repaired.get(name) for name in expected} == expected
    for name, entry in kept.items():
        assert entry.items() <= repaired[UNREADABLE][name].items()


def test_repair_loses_only_the_bad_step_of_a_template() -> None:
    template = copy.deepcopy(RECORDS[Entity.TEMPLATES][0])
    template["task_definitions"].insert(1, {"description": "No id", "offsetDays": 1})
    repaired = repair(Entity.TEMPLATES, template)
    assert [step["refId"] for step in repaired["task_definitions"]] == ["page", "mail"]
    assert len(repaired[UNREADABLE]["task_definitions"]["value"]) == 3


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_plain_number_beyond_json_becomes_text(number: float) -> None:
    assert plain({"a": [number, 1.5]}) == {"a": [str(number), 1.5]}


def test_leave_out_names_what_is_gone() -> None:
    record = leave_out(Entity.TASKS, RECORDS[Entity.TASKS][0], "description", "is too long")
    assert (record["description"], record[UNREADABLE]) == ("Untitled", {"description": {"reason": "is too long"}})


@pytest.mark.parametrize("fields", [("comment",), ("comment", "instructions"), ("description", UNREADABLE)])
def test_record_longer_than_a_message_is_shortened(fields: tuple[str, ...]) -> None:
    lines = ExportLines(Entity.TASKS)
    odd = {
        name: {"x": {"reason": "r", "value": '"' * 1_200_000}} if name == UNREADABLE else '"' * 1_200_000
        for name in fields
    }
    assert lines.add(RECORDS[Entity.TASKS][0] | odd)
    page = lines.page(1)
    assert len(page.model_dump_json()) < 1_000_000
    [named] = page.odd
    assert named.id == "task-1"
    assert all("more than a message carries" in named.fields[name] for name in fields if name != UNREADABLE)
    assert faults(Entity.TASKS, json.loads(page.lines)) == []


def test_pages_name_records_without_an_id() -> None:
    lines = ExportLines(Entity.TASKS)
    lines.leave_out([7, "", {"token": "x"}])
    page = lines.page(0)
    assert [(one.id, one.left_out) for one in page.odd] == [
        ("int 7", True),
        ("str ", True),
        ("dict {'token': 'x'}", True),
    ]
    assert (page.count, page.after) == (0, None)
