"""Is the portal there? The body says no more than that, for anybody may ask."""

from litestar import Response, get

from services.kit import zone_data
from services.portal.auth.access import PUBLIC


@get("/api/health", opt=PUBLIC)
async def show_health() -> Response[dict[str, str]]:
    """The zone data in use stands in a header: clients compare the body as a whole."""
    return Response({"status": "ok"}, headers={"x-zone-data": zone_data.DESCRIPTION})
