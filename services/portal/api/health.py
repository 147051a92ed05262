"""Is the portal there? Says no more than that, for anybody may ask."""

from litestar import get

from services.portal.access import PUBLIC


@get("/api/health", opt=PUBLIC)
async def show_health() -> dict[str, str]:
    return {"status": "ok"}
