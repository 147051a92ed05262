"""An export that the build of commit 5beaeae wrote: two schedules, a template, and what people did with their work."""

import zipfile
from pathlib import Path

import pytest

from contracts.transfer.imports import ImportVerdict
from tests.flows.exporting import bodies, export, take_in, valid
from tests.system import System, instant

pytestmark = pytest.mark.requirement("R-EXP-5")
ARCHIVE = Path(__file__).parent / "exports/of_5beaeae.zip"


def test_earlier_export_is_valid() -> None:
    assert [fault.message for fault in valid(ARCHIVE).faults.errors] == []


async def test_earlier_export_comes_back_as_it_was(system: System, tmp_path: Path) -> None:
    await system.set_clock(instant("2028-02-02 08:01"))  # after all that the export says
    tally = await take_in(system, ARCHIVE)
    assert tally.total(ImportVerdict.INSERTED) == tally.records == 113, tally.reasons
    again = await take_in(system, ARCHIVE)
    assert again.total(ImportVerdict.UNCHANGED) == again.records
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(tmp_path / "before")
    await export(system, tmp_path / "after")
    before, after = bodies(tmp_path / "before"), bodies(tmp_path / "after")
    assert {name: set(body.splitlines()) for name, body in before.items()} == {
        name: set(body.splitlines()) for name, body in after.items()
    }
