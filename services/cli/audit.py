"""What the command line did to the system, in the audit beside what people did on pages."""

from typing import Any

from services.kit.clock import Clock
from services.kit.mongo import connection
from services.kit.settings import Settings
from services.portal.store import PortalStore


async def record(settings: Settings, kind: str, **details: Any) -> None:
    """Append a row without an actor; details that are None are left out."""
    given = {name: value for name, value in details.items() if value is not None}
    async with connection.connect(settings, "portal") as database:
        await PortalStore(database).audit(kind, at=Clock.wall(), actor=None, details=given)
