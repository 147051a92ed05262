"""The AsyncAPI document and the wire: every message that the running system sends is described, and understood."""

import json
import socket

import pytest

from contracts import subjects
from contracts.duties import CreateStandardDuties
from contracts.runs import CreateBundle
from contracts.subjects import EVENTS, REQUESTS
from contracts.tasks import AddComment
from contracts.values import Service
from tests.system import System, eventually
from tests.wire import DOCUMENT, recorded, sample, schema_of

pytestmark = pytest.mark.requirement("R-REP-1")


async def test_every_live_message_is_as_the_document_says(system: System) -> None:
    await system.start(Service.PORTAL)
    async with recorded(system.client) as wire:
        await system.ask(subjects.CREATE_STANDARD_DUTIES, CreateStandardDuties())
        await system.clock_to("2028-02-02 09:00")
        await system.clock_to("2028-02-09 09:00")
        for task in (await system.tasks_on("2028-02-09"))[:2]:
            await system.ask(subjects.ADD_COMMENT, AddComment(id=task.id, text="Seen"))
        bundle = CreateBundle.model_validate({"title": "Newsletter", "anchor_date": "2028-02-16"})
        await system.ask(subjects.CREATE_BUNDLE, bundle)
        await system.publish_window("dataops.window.due.recurring.nobody.2028-02-03")
        for name, channel in DOCUMENT["channels"].items():
            if name in {one.subject.removeprefix("dataops.") for one in REQUESTS}:
                [message] = channel["messages"]
                body = json.dumps(sample(schema_of(message))).encode()
                await system.client.request(channel["address"], body, timeout=20)
        for service in Service:
            for subject in (f"dataops.health.{service}", f"dataops.health.{service}.{socket.gethostname()}"):
                await system.client.request(subject, b"", timeout=2)
        events = {name for name, one in DOCUMENT["operations"].items() if "reply" not in one}

        assert len(events) == len(EVENTS)

        async def every_event_was_received() -> bool:
            return events <= wire.seen

        assert wire.faults == []
        await eventually(every_event_was_received)
    assert wire.faults == []
    assert wire.replied == DOCUMENT["channels"].keys() - events - {"inbox"}
