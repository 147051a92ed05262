"""Which databases a restore drill may drop: those that a killed one left a day ago, never those of a system."""

import datetime as dt

import pytest

from services.cli.drill.scratch import abandoned_databases

NOW = dt.datetime(2028, 2, 2, 9, 0, tzinfo=dt.UTC)

pytestmark = pytest.mark.requirement("R-EXP-5")


@pytest.mark.parametrize(
    "name",
    [
        "drill_202802010859_ab12cd34_work",
        "drill_202802010859_ab12cd34_notifier",
        "drill_202401010000_00000000_portal",
        "drill_ab12cd34_work",
        "drill_12345678_portal",
    ],
)
def test_database_of_a_drill_a_day_old_is_abandoned(name: str) -> None:
    assert abandoned_databases(["admin", name, "dataops_work"], NOW, own_prefix="dataops") == [name]


@pytest.mark.parametrize(
    "name",
    [
        "drill_202802010900_ab12cd34_work",
        "drill_202802020859_ab12cd34_work",
        "drill_202903010000_ab12cd34_work",
        "drill_202813450000_ab12cd34_work",
        "drill_202802010859_ab12cd34_scheduler",
        "drill_202802010859_ab12cd3_work",
        "drill_٢٠٢٨٠٢٠١٠٨٥٩_ab12cd34_work",
        "drill_work",
        "drills_ab12cd34_work",
        "my_drill_ab12cd34_work",
        "drill_ab12cd34_work_copy",
        "dataops_work",
        "admin",
    ],
)
def test_other_database_stays(name: str) -> None:
    assert abandoned_databases([name], NOW, own_prefix="dataops") == []


def test_database_of_a_system_named_like_a_drill_stays() -> None:
    names = ["drill_ab12cd34_work", "drill_ab12cd35_work"]
    assert abandoned_databases(names, NOW, own_prefix="drill_ab12cd34") == ["drill_ab12cd35_work"]
