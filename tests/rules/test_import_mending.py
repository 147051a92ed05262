"""Whatever an earlier system's export says and may say: it is mended, or refused by field; nothing is raised."""

import random
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from contracts.transfer.export_records import Entity
from services.cli.commands.import_export import is_importable, opened_export
from services.cli.imports.importer import ORDER
from services.exports.entities import SHAPES
from services.exports.validator import validate
from services.notifier import import_records as of_notifier
from services.work.transfer import import_records as of_work
from tests.rules.valid_export import RECORDS, Export
from tests.support.exports import ODD

CASES = [
    (entity, position, field, odd)
    for entity, records in RECORDS.items()
    for position in range(len(records))
    for field in SHAPES[entity].fields
    for odd in ODD
]
UTC = ZoneInfo("UTC")


@pytest.mark.requirement("R-EXP-5")
def test_odd_values_in_an_earlier_export_are_mended_or_refused_by_field(tmp_path: Path) -> None:
    taken = refused = 0
    for entity, position, field, odd in random.Random(2028).sample(CASES, 150):
        export = Export(producer=None)
        export.records[entity][position][field] = odd
        report = validate(export.write(tmp_path))
        if not is_importable(report):
            continue
        with opened_export(tmp_path, report) as found:
            for kind in ORDER[1:]:
                for record in found.records(kind):
                    try:
                        if kind is Entity.NOTIFICATIONS:
                            of_notifier.notification_of(record)
                        else:
                            of_work.document_of(kind, record, UTC)
                        taken += 1
                    except (of_work.Unimportable, of_notifier.Unimportable):
                        refused += 1
    assert taken > 500
    assert refused > 10
