"""Pages that go on from a place, on a real MongoDB."""

import pytest

from services.kit.mongo.driver import ASCENDING, DESCENDING, Database, Row
from services.kit.mongo.reading import beyond


@pytest.mark.parametrize("direction", [ASCENDING, DESCENDING])
async def test_pages_of_equal_values_show_each_document_once_whatever_comes_between(
    database: Database, direction: int
) -> None:
    days = [f"2028-02-0{number // 4 + 1}" for number in range(12)]
    await database.tasks.insert_many([{"_id": f"t{id:02}", "date": day} for id, day in enumerate(days)])
    order = [("date", direction), ("_id", direction)]
    everything = [one["_id"] for one in await database.tasks.find().sort(order).to_list(None)]

    seen: list[str] = []
    query: Row = {}
    while page := await database.tasks.find(query).sort(order).limit(3).to_list(None):
        seen += [one["_id"] for one in page]
        query = beyond("date", (page[-1]["date"], page[-1]["_id"]), direction=direction)
        await database.tasks.delete_one({"_id": page[-1]["_id"]})
    assert seen == everything
    assert len(seen) == len(days)
