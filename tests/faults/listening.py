"""Who listens where."""

from services.cli.stack.ports import ensure_free
from services.kit.start_error import StartError
from tests.system import eventually


async def nobody_listens(*ports: int) -> None:
    """Return when all of these ports are free; AssertionError when they do not become so."""

    async def all_free() -> bool:
        try:
            for port in ports:
                ensure_free(port, wanted_by="this test", flag="--port")
        except StartError:
            return False
        return True

    await eventually(all_free)
