"""Progress and risk of a workflow run, from its tasks."""

import datetime as dt
from collections.abc import Sequence

from contracts.values import TaskStatus
from contracts.views import Bundle, BundleCard, TaskRow


def card(bundle: Bundle, rows: Sequence[TaskRow], today: dt.date) -> BundleCard:
    """A run as a card; archived tasks count nowhere, proof that is not due yet is not missing.

    ``rows`` are the run's tasks; ``missing`` on each is all that it still needs, due or not.
    """
    counted = [row for row in rows if row.task.status is not TaskStatus.ARCHIVED]
    open_rows = [row for row in counted if row.task.status is not TaskStatus.DONE]
    lacking = [row for row in open_rows if row.task.status is TaskStatus.TODO and row.task.date <= today]
    return BundleCard(
        bundle=bundle,
        done=len(counted) - len(open_rows),
        total=len(counted),
        overdue=sum(row.days_late > 0 for row in open_rows),
        waiting=sum(row.task.status is TaskStatus.WAITING for row in open_rows),
        follow_ups_due=sum(row.follow_up_due for row in open_rows),
        missing=list(dict.fromkeys(item for row in lacking for item in row.missing)),
        next_task=min(open_rows, key=lambda row: (row.task.date, row.step or 0), default=None),
    )
