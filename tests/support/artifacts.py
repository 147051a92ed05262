"""Artifacts over JSON."""

from typing import Any

import httpx

DOCUMENT = "https://docs.google.com/document/d/1"
REPORT = {"type": "report", "title": "Sponsor report", "storageUri": DOCUMENT}


async def added(api: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    reply = await api.post("/api/artifacts", json=REPORT | fields)
    assert reply.status_code == 201, reply.text
    return reply.json()["artifact"]


async def changed(api: httpx.AsyncClient, artifact: dict[str, Any], **fields: Any) -> dict[str, Any]:
    reply = await api.put(f"/api/artifacts/{artifact['id']}", json=fields)
    assert reply.status_code == 200, reply.text
    return reply.json()["artifact"]


async def run_of(api: httpx.AsyncClient, **definition: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A run with one task."""
    duty = {"refId": "report", "description": "Send the report", "offsetDays": 0} | definition
    template = {"name": "Podcast", "type": "podcast", "taskDefinitions": [duty]}
    template_id = (await api.post("/api/templates", json=template)).json()["template"]["id"]
    sent = {"title": "Episode 1", "anchorDate": "2028-03-01", "templateId": template_id}
    started = (await api.post("/api/bundles", json=sent)).json()
    return started["bundle"], started["tasks"][0]
