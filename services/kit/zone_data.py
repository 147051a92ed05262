"""Zone data comes from the pinned ``tzdata`` package alone: the zone files of two machines differ by years.

The import pins it for the whole process, so that no zone is made before.
"""

import hashlib
import zoneinfo
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import resources

import tzdata

zoneinfo.reset_tzpath(to=())
zoneinfo.ZoneInfo.clear_cache()

VERSION = tzdata.IANA_VERSION
"""As IANA names it: ``2026f``."""
SOURCE = f"Python package tzdata {tzdata.__version__}"
DESCRIPTION = f"{VERSION} ({SOURCE})"

_FIRST_NOON = datetime(2000, 1, 1, 12, tzinfo=UTC)
_NOONS = 60 * 366


def is_region(name: str) -> bool:
    """Whether ``name`` is that of a region, such as Europe/Berlin, or UTC.

    Abbreviations (EST), offsets (Etc/GMT+5, which lies west of Greenwich) and placeholders (Factory) are none.
    """
    if name not in zoneinfo.available_timezones():
        return False
    return name in {"UTC", "Etc/UTC"} or ("/" in name and not name.startswith("Etc/"))


def current_name(name: str) -> str | None:
    """The name of the region that an older name (Japan, US/Eastern) stands for; None when it stands for none."""
    data = resources.files("tzdata.zoneinfo").joinpath("tzdata.zi").read_text(encoding="utf-8")
    links = [line.split() for line in data.splitlines() if line.startswith("L ")]
    return next((target for _, target, link in links if link == name and is_region(target)), None)


@lru_cache(maxsize=64)
def fingerprint(zone: zoneinfo.ZoneInfo) -> str:
    """Differs between two sets of zone data when they differ in this zone on any noon (UTC) from 2000 to 2060."""
    noons = (_FIRST_NOON + timedelta(days=day) for day in range(_NOONS))
    offsets = ",".join(str(noon.astimezone(zone).utcoffset()) for noon in noons)
    return hashlib.sha256(offsets.encode()).hexdigest()[:16]
