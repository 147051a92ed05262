"""Who a request comes from, for throttling and the audit."""

from ipaddress import ip_address
from typing import Any

from litestar import Request


def address_of(request: Request[Any, Any, Any]) -> str:
    """Empty when a trusted proxy forwards what is no address, so that all who send such things count as one."""
    try:
        return str(ip_address(request.client.host)) if request.client else ""
    except ValueError:
        return ""
