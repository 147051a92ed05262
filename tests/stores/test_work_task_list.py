"""The list of tasks: its filters together, its order in pages, and that an index serves it."""

import datetime as dt
from typing import Any

import pytest

from contracts.tasks import Attention, ListTaskRows
from contracts.values import TaskStatus
from services.kit.mongo import connection
from services.kit.mongo.indexes import create_indexes
from services.kit.settings import Settings
from services.work.app import INDEXES
from services.work.schedules.store import Schedules
from services.work.search_keys import with_search_fields
from services.work.tasks.store import Tasks
from tests.stores.profiling import profiled

TODAY = dt.date(2028, 2, 2)
NOW = dt.datetime(2028, 2, 2, 9, tzinfo=dt.UTC)


def stored(number: int, **fields: Any) -> dict[str, Any]:
    day = (TODAY + dt.timedelta(days=number % 5 - 2)).isoformat()
    overdue_from = (dt.date.fromisoformat(day) + dt.timedelta(days=1)).isoformat()
    status = ("todo", "waiting", "done", "archived")[number % 4]
    return {
        **{"_id": f"t{number:03}", "description": f"Duty {number}", "date": day, "status": status, "version": 1},
        **{"live": True, "missing": [], "overdue_from": overdue_from, "source": "recurring", "deleted_at": None},
        **{"created_at": NOW, "updated_at": NOW, "follow_up_due_at": NOW},
        **fields,
    }


TASKS = [
    *(stored(number) for number in range(60)),
    stored(100, description="Ask the SPONSOR (again)", assignee_id="ben", source="manual", status="todo"),
    stored(101, description="Ask the sponsor", assignee_id="ben", bundle_id="b", live=False, status="todo"),
    stored(102, description="Write the intro", bundle_id="b", source="template", status="todo"),
]


async def test_filters_apply_together_in_pages_served_by_an_index(settings: Settings) -> None:
    async with connection.connect(settings, "work") as database:
        await create_indexes(database, INDEXES)
        await database["tasks"].insert_many([with_search_fields("tasks", task) for task in TASKS])
        tasks = Tasks(database, Schedules(database))

        async def found(**asked: Any) -> list[str]:
            question = ListTaskRows(**asked)
            return [one["_id"] for one in await tasks.listed(question, today=TODAY, now=NOW)]

        assert await found(text="sponsor (") == ["t100"]
        assert await found(assignee_id="ben") == ["t100"]
        assert await found(source="template", bundle_id="b") == ["t102"]
        assert await found(assignee_id="", text="intro", start_date=TODAY, end_date=TODAY) == ["t102"]
        day = TODAY.isoformat()
        late = [one["_id"] for one in TASKS if one["status"] == "todo" and one["date"] < day and one["live"]]
        assert sorted(await found(attention=Attention.OVERDUE)) == sorted(late)
        assert set(await found(attention=Attention.FOLLOW_UP_DUE)) == {f"t{n:03}" for n in range(60) if n % 4 == 1}
        order = sorted((one["date"], one["_id"]) for one in TASKS if one["status"] == "done")
        for newest_first in (False, True):
            asked: dict[str, Any] = {"statuses": (TaskStatus.DONE,), "newest_first": newest_first, "limit": 4}
            seen: list[str] = []
            after: str | None = None
            while page := await tasks.listed(ListTaskRows(**asked, after=after), today=TODAY, now=NOW):
                seen += [one["_id"] for one in page]
                after = f"{page[-1]['date']}/{page[-1]['_id']}"
            assert seen == [id for _, id in (reversed(order) if newest_first else order)]
        with pytest.raises(ValueError, match="isoformat"):
            await found(after="nonsense")
        async with profiled(database, ns=f"{database.name}.tasks") as operations:
            await found(text="duty 1", assignee_id="", limit=5)
        [read] = operations
        assert read["planSummary"].startswith("IXSCAN { status: 1, date: 1, _id: 1")
        assert "hasSortStage" not in read
        assert read["docsExamined"] == read["nreturned"] == 5
