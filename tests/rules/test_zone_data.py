"""Zone data: the pinned package everywhere, whatever files the machine has."""

import os
import subprocess
import sys
import zoneinfo
from importlib.metadata import version
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import pytest

from services.kit import zone_data

STARTS = ["services.work.app", "services.portal.app", "services.cli.main", "services.kit.settings"]
"""Whatever reads a setting imports the last."""


def pinned(name: str, key: str) -> zoneinfo.ZoneInfo:
    data = files("tzdata.zoneinfo").joinpath(*name.split("/")).read_bytes()
    return zoneinfo.ZoneInfo.from_file(BytesIO(data), key=key)


@pytest.mark.requirement("R-GEN-5")
@pytest.mark.parametrize("module", STARTS)
def test_start_of_each_process_reads_pinned_zone_data(module: str, tmp_path: Path) -> None:
    """The machine says that Berlin lies in Tokyo."""
    (tmp_path / "Europe").mkdir()
    tokyo = files("tzdata.zoneinfo").joinpath("Asia", "Tokyo").read_bytes()
    (tmp_path / "Europe" / "Berlin").write_bytes(tokyo)
    code = (
        f"import zoneinfo; zoneinfo.ZoneInfo('Europe/Berlin'); import {module}; import datetime as dt;"
        "print(dt.datetime(2028, 1, 1, tzinfo=zoneinfo.ZoneInfo('Europe/Berlin')).utcoffset())"
    )
    environment = {**os.environ, "PYTHONTZPATH": str(tmp_path)}

    shown = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "1:00:00"


def test_description_names_version_and_package() -> None:
    year, number = version("tzdata").split(".")
    assert f"{year}{'abcdefghijklmnopqrstuvwxyz'[int(number) - 1]} (" in zone_data.DESCRIPTION
    assert f"tzdata {version('tzdata')}" in zone_data.DESCRIPTION


@pytest.mark.parametrize("name", ["UTC", "Etc/UTC", "Europe/Berlin", "America/Argentina/Salta", "US/Eastern"])
def test_is_region_accepts_names_of_regions(name: str) -> None:
    assert zone_data.is_region(name)


@pytest.mark.parametrize(
    "name",
    [
        *("localtime", "Factory", "posixrules", "EST", "CET", "GMT", "GMT0", "Zulu", "Etc/GMT+5", "Etc/Zulu"),
        *("", ".", "/", "Europe", "Europe/", "/usr/share/zoneinfo/UTC", "tzdata.zi", "Europe/__init__.py"),
    ],
)
def test_is_region_refuses_what_is_none(name: str) -> None:
    assert not zone_data.is_region(name)


def test_every_suggested_name_is_a_region() -> None:
    suggested = {zone_data.current_name(name) for name in zoneinfo.available_timezones() if "/" not in name}
    assert all(name is None or zone_data.is_region(name) for name in suggested)
    assert len(suggested) > 20


def test_fingerprint_is_that_of_the_rules_not_the_name() -> None:
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    assert zone_data.fingerprint(pinned("Europe/Berlin", "other")) == zone_data.fingerprint(berlin)
    assert zone_data.fingerprint(pinned("Africa/Cairo", "Europe/Berlin")) != zone_data.fingerprint(berlin)
