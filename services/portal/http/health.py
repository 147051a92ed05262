"""Is the portal there? The body says no more than that, for anybody may ask."""

from litestar import Response, get

from contracts.values import Model
from services.kit import zone_data
from services.portal.auth.access import PUBLIC


class HealthReply(Model):
    status: str


@get("/api/health", opt=PUBLIC, summary="Whether the portal is there")
async def show_health() -> Response[HealthReply]:
    """Says that the portal serves, to anybody. The header `X-Zone-Data` names the zone data in use."""
    return Response(HealthReply(status="ok"), headers={"x-zone-data": zone_data.DESCRIPTION})
