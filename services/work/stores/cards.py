"""Workflow runs as cards: progress and risk counted over a few fields, and only the next task read."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from contracts.views import BundleCard
from services.kit.mongo import ONE_REPLY, Database, Document, Session
from services.work.domain.risk import FIELDS, progress
from services.work.stores.tasks import Tasks, bundle_of

_NOT_ON_CARDS = dict.fromkeys(
    (
        *("instructions", "comment", "systems", "validation"),
        *("artifact_refs", "assistant_job_refs", "audit_event_refs"),
    ),
    0,
)


class Cards:
    def __init__(self, database: Database, tasks: Tasks) -> None:
        self._tasks: Any = database.tasks
        self._rows = tasks.rows

    async def of(
        self, bundles: Sequence[Document], *, today: dt.date, now: dt.datetime, session: Session | None = None
    ) -> list[BundleCard]:
        """Cards in the order of ``bundles``. Tasks of an archived run count on its own card. Of the next task a card
        has what one line shows."""
        tasks: dict[str, list[Document]] = defaultdict(list)
        query = {"bundle_id": {"$in": [one["_id"] for one in bundles]}, "deleted_at": None}
        for task in await self._tasks.find(query, FIELDS, batch_size=ONE_REPLY, session=session).to_list(None):
            tasks[task["bundle_id"]].append(task)
        counted = [progress(tasks[one["_id"]], today=today, now=now) for one in bundles]
        next_ids = [one.next_id for one in counted if one.next_id]
        following = self._tasks.find({"_id": {"$in": next_ids}}, _NOT_ON_CARDS, batch_size=ONE_REPLY, session=session)
        documents = await following.to_list(None)
        read = await self._rows(documents, today=today, now=now, session=session, runs=bundles)
        rows = {row.task.id: row for row in read}
        return [
            BundleCard(
                bundle=bundle_of(bundle),
                done=one.done,
                total=one.total,
                overdue=one.overdue,
                waiting=one.waiting,
                follow_ups_due=one.follow_ups_due,
                missing=one.missing,
                next_task=rows.get(one.next_id or ""),
            )
            for bundle, one in zip(bundles, counted, strict=True)
        ]
