"""What is read of a document that somebody broke in the database."""

import datetime as dt
from typing import Any

import pytest

from contracts.artifacts import Artifact
from contracts.fields.lenient import made_at, read, texts
from contracts.files import File
from contracts.history import HistoryRow
from contracts.notifications import Notification
from contracts.recurring import RecurringConfig
from contracts.runs import Bundle
from contracts.tasks import Task
from contracts.templates import Template
from contracts.values import Model
from contracts.windows import WindowRow

pytestmark = pytest.mark.requirement("R-SEC-3")

MODELS: list[type[Model]] = [
    *(Artifact, File, Bundle, HistoryRow, Notification, RecurringConfig, Task, Template, WindowRow),
]
VALUES: list[Any] = [None, 5, "banana", {}, [1], True, dt.datetime(1, 1, 1, tzinfo=dt.UTC)]
NINE = dt.datetime(2028, 2, 2, 9, tzinfo=dt.UTC)


@pytest.mark.parametrize("model", MODELS)
def test_read_takes_a_document_without_any_field(model: type[Model]) -> None:
    assert read(model, {}, {}).model_dump() == read(model, {"id": ""}, {}).model_dump()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_read_takes_anything_in_every_field(model: type[Model], value: Any) -> None:
    for name in model.model_fields:
        assert isinstance(read(model, {"id": "x", name: value}, {}), model)


def test_read_prefers_a_stand_in_to_the_blank_of_a_type() -> None:
    row = {"id": "1", "at": "soon", "recorded_at": NINE, "kind": 7, "data": {"a": 1}}
    found = read(HistoryRow, row, {"at": NINE})
    assert (found.at, found.kind, found.data, found.recorded_at) == (NINE, "", {"a": 1}, NINE)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ({"created_at": NINE}, NINE),
        ({}, dt.datetime(1970, 1, 1, tzinfo=dt.UTC)),
        ({"created_at": "2028-02-02"}, dt.datetime(1970, 1, 1, tzinfo=dt.UTC)),
        ({"created_at": dt.datetime(1, 1, 1, tzinfo=dt.UTC)}, dt.datetime(1970, 1, 1, tzinfo=dt.UTC)),
    ],
)
def test_made_at_of_what_cannot_be_read_is_1970(stored: dict[str, Any], expected: dt.datetime) -> None:
    assert made_at(stored) == expected


@pytest.mark.parametrize(("stored", "expected"), [(["a", 1, None, "b"], ["a", "b"]), (None, []), ("ab", []), ({}, [])])
def test_texts_are_those_of_a_list(stored: object, expected: list[str]) -> None:
    assert texts(stored) == expected
