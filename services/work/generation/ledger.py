"""The window ledger as it is read: runs of a schedule, open alerts, windows without a row."""

import datetime as dt
from dataclasses import dataclass
from typing import cast

from contracts.fields.lenient import Raw, read
from contracts.generation import Failure
from contracts.home import UnexplainedDate, UnexplainedDates
from contracts.values import RUN_PUT_AWAY, Kind, Outcome
from contracts.windows import Totals, WindowError, WindowRow
from services.kit.mongo.driver import ASCENDING, DESCENDING, AsyncCollection, Database, Query, Row, Session
from services.kit.mongo.indexes import Index, only_with
from services.kit.mongo.reading import Reading, read_together
from services.work.generation import messages
from services.work.generation.documents import WindowDocument
from services.work.generation.holders import Holders
from services.work.schedules.store import Label, Schedules

INDEXES = (
    # The last two are what totals count: they are read from here alone.
    Index("windows", "of_schedule", ("source_id", "-date", "outcome", "skipped")),
    Index("windows", "last_run", ("-opened_at",)),
    # Rows with `open` are failed, missed, or skipped with no run that serves their date; nobody has acknowledged them.
    Index("windows", "alerts", ("outcome", "source_id", "error.code"), only_with("open")),
)
_OUTAGE = "missed"
_DATES_SHOWN = 100
_UNEXPLAINED_SHOWN = 10


def _open(outcome: Outcome, by: Query) -> Reading:
    return Reading(
        "windows",
        [
            {"$match": {"open": True, "outcome": outcome.value}},
            {"$sort": {"date": ASCENDING}},
            {
                "$group": {
                    "_id": by,
                    "message": {"$last": "$error.message"},
                    "dates": {"$addToSet": "$date"},
                    "schedules": {"$addToSet": "$source_id"},
                    "windows": {"$sum": 1},
                    "attempts": {"$sum": "$attempts"},
                    "since": {"$min": {"$ifNull": ["$reopened_at", "$first_at"]}},
                    "last_at": {"$max": "$last_at"},
                }
            },
        ],
    )


OPEN_FAILURES = {
    "failed": _open(Outcome.FAILED, {"kind": "$kind", "source_id": "$source_id", "code": "$error.code"}),
    "missed": _open(Outcome.MISSED, {"code": _OUTAGE}),
    "unserved": _open(Outcome.SKIPPED, {"kind": "$kind", "source_id": "$source_id", "code": "$error.code"}),
}
LAST_RUN = Reading(
    "windows",
    [
        {"$match": {"opened_at": {"$ne": None}}},
        {"$sort": {"opened_at": DESCENDING}},
        {"$limit": 1},
        {"$lookup": {"from": "windows", "localField": "opened_at", "foreignField": "opened_at", "as": "window"}},
        {"$unwind": "$window"},
        {
            "$group": {
                "_id": "$opened_at",
                "generated": {"$sum": "$window.generated"},
                "skipped": {"$sum": "$window.skipped"},
                "failed": {"$sum": {"$toInt": {"$eq": ["$window.outcome", Outcome.FAILED.value]}}},
            }
        },
    ],
)
"""When windows opened last, and what was generated and skipped of those, and how many failed."""


@dataclass(frozen=True)
class Acknowledgement:
    """Who took failures from the list, and with which words."""

    by: str | None
    at: dt.datetime
    note: str


_OUTCOMES = frozenset(Outcome)


class Ledger:
    def __init__(self, database: Database, schedules: Schedules) -> None:
        self._database = database
        self._windows: AsyncCollection[WindowDocument] = database.windows
        self._schedules = schedules
        self._holders = Holders(database)

    async def outcomes(self, window_ids: list[str]) -> dict[str, Outcome]:
        """Windows without a row are left out."""
        if not window_ids:
            return {}
        entries = self._windows.find({"_id": {"$in": window_ids}}, ["outcome"])
        return {entry["_id"]: Outcome(entry["outcome"]) async for entry in entries}

    async def count_made_ahead(self, window_ids: list[str]) -> int:
        """How many of these were made before they opened, or in time."""
        made: Query = {"_id": {"$in": window_ids}, "outcome": Outcome.GENERATED.value}
        return await self._windows.count_documents({**made, "$or": [{"opened_at": None}, {"late": False}]})

    async def count_missed(self, after: dt.datetime, until: dt.datetime) -> int:
        """How many that opened in ``(after, until]`` were too old to be made."""
        opened = {"outcome": Outcome.MISSED.value, "opened_at": {"$gt": after, "$lte": until}}
        return await self._windows.count_documents(opened)

    async def find(self, window_id: str) -> WindowRow | None:
        entry = await self._windows.find_one({"_id": window_id})
        return (await self._holders.beside([read_entry(entry)]))[0] if entry else None

    async def of_schedule(self, source_id: str, *, before: str | None, limit: int) -> list[WindowRow]:
        """Latest date first; ``before`` is a date."""
        query: Query = {"source_id": source_id, **({"date": {"$lt": before}} if before else {})}
        cursor = self._windows.find(query).sort("date", DESCENDING).limit(limit)
        return await self._holders.beside([read_entry(entry) for entry in await cursor.to_list(limit)])

    async def last_of(self, source_ids: list[str]) -> dict[str, WindowRow]:
        """The latest window of each schedule, by date."""
        entries = self._windows.aggregate(
            [
                {"$match": {"source_id": {"$in": source_ids}}},
                {"$sort": {"source_id": ASCENDING, "date": DESCENDING}},
                {"$group": {"_id": "$source_id", "last": {"$first": "$$ROOT"}}},
            ]
        )
        return {entry["_id"]: read_entry(entry["last"]) for entry in cast("list[Row]", await entries.to_list(None))}

    async def totals_of(self, source_ids: list[str]) -> dict[str, Totals]:
        grouped = self._windows.aggregate(
            [
                {"$match": {"source_id": {"$in": source_ids}}},
                {
                    "$group": {
                        "_id": {"source_id": "$source_id", "outcome": "$outcome"},
                        "count": {"$sum": 1},
                        "repeats": {"$sum": "$skipped"},
                    }
                },
            ]
        )
        totals: dict[str, Totals] = {}
        for one in cast("list[Row]", await grouped.to_list(None)):
            source_id, outcome = one["_id"]["source_id"], one["_id"]["outcome"]
            repeats = one["repeats"] if outcome == Outcome.GENERATED else 0
            earlier = totals.get(source_id, Totals())
            if isinstance(outcome, str) and outcome in _OUTCOMES:
                more = {outcome: one["count"], "repeats": earlier.repeats + repeats}
                totals[source_id] = earlier.model_copy(update=more)
        return totals

    async def paused_since(self, begun: dict[str, dt.datetime]) -> dict[str, list[str]]:
        """Dates of the windows that each schedule did not make since its pause began."""
        if not begun:
            return {}
        pauses = [{"source_id": id, "opened_at": {"$gte": since}} for id, since in begun.items()]
        grouped = self._windows.aggregate(
            [
                {"$match": {"outcome": Outcome.PAUSED.value, "$or": pauses}},
                {"$sort": {"date": ASCENDING}},
                {"$group": {"_id": "$source_id", "dates": {"$push": "$date"}}},
            ]
        )
        return {one["_id"]: one["dates"] for one in cast("list[Row]", await grouped.to_list(None))}

    async def failures(self) -> list[Failure]:
        """Open alerts: one for each schedule and error code, and one for all that outages left unmade."""
        return await self.read_failures(await read_together(self._database, OPEN_FAILURES))

    async def read_failures(self, found: dict[str, list[Row]], session: Session | None = None) -> list[Failure]:
        """``found`` is what ``OPEN_FAILURES`` reads."""
        failed, missed = [*found["failed"], *found["unserved"]], found["missed"]
        labels = {
            kind: await self._schedules.labels(
                kind, [one["_id"]["source_id"] for one in failed if one["_id"]["kind"] == kind], session
            )
            for kind in Kind
        }
        failures = [_failure(one, _schedule_title(one, labels)) for one in failed]
        failures += [_failure(one, _outage_title(one)) for one in missed]
        return sorted(failures, key=lambda failure: failure.place)

    async def unexplained_of(self, found: list[Row], session: Session | None = None) -> UnexplainedDates:
        """``found`` is what `services.work.generation.unexplained.unexplained` reads."""
        first = sorted(found, key=lambda one: one["opens_at"])[:_UNEXPLAINED_SHOWN]
        items: list[UnexplainedDate] = []
        for kind in Kind:
            of_kind = [one for one in first if one["kind"] == kind]
            labels = await self._schedules.labels(kind, [one["source_id"] for one in of_kind], session)
            items += [
                UnexplainedDate.model_validate({**one, "title": labels[one["source_id"]].title})
                for one in of_kind
                if one["source_id"] in labels
            ]
        return UnexplainedDates(count=len(found), items=sorted(items, key=lambda item: item.opens_at))

    async def open_windows(self, kind: Kind, source_id: str, code: str, session: Session) -> list[str]:
        """Ids of the windows of one alert, in the order of their dates."""
        query = {**_failure_query(kind, source_id, code), "open": True}
        found = self._windows.find(query, ["_id"], session=session).sort("date", ASCENDING)
        return [entry["_id"] async for entry in found]

    async def acknowledge(
        self, kind: Kind | None, source_id: str | None, code: str, acknowledgement: Acknowledgement, session: Session
    ) -> int:
        """Take an alert's windows from the list; returns how many there were."""
        return await self._take_from_list(_failure_query(kind, source_id, code), acknowledgement, session)

    async def close(
        self, kind: Kind, source_id: str, *, deleted_by: str | None, at: dt.datetime, session: Session
    ) -> None:
        """Take all that is open of a deleted schedule from the list: nobody can mend it any more."""
        acknowledgement = Acknowledgement(deleted_by, at, messages.DELETED)
        await self._take_from_list({"kind": kind.value, "source_id": source_id}, acknowledgement, session)

    async def close_unserved(self, item_id: str, session: Session) -> None:
        """A run stands again for the dates that the run ``item_id`` took: nothing is left to do about them."""
        entries = {"outcome": Outcome.SKIPPED.value, "open": True, "item_id": item_id}
        await self._windows.update_many(entries, {"$unset": {"open": "", "error": ""}}, session=session)

    async def _take_from_list(self, windows: Query, acknowledgement: Acknowledgement, session: Session) -> int:
        changes = {
            "acknowledged_by": acknowledgement.by,
            "acknowledged_at": acknowledgement.at,
            "acknowledgement": acknowledgement.note,
        }
        result = await self._windows.update_many(
            {**windows, "open": True}, {"$set": changes, "$unset": {"open": ""}}, session=session
        )
        return result.modified_count


def read_entry(document: Raw) -> WindowRow:
    return read(WindowRow, {**document, "id": document["_id"]}, {})


def _failure_query(kind: Kind | None, source_id: str | None, code: str) -> Query:
    """The rows of one alert. That of outages has neither kind nor source."""
    if (kind, source_id, code) == (None, None, _OUTAGE):
        return {"outcome": Outcome.MISSED.value}
    of_schedule = {"kind": kind.value if kind else None, "source_id": source_id}
    outcome = Outcome.SKIPPED if code == RUN_PUT_AWAY else Outcome.FAILED
    return {"outcome": outcome.value, **of_schedule, "error.code": code}


def _schedule_title(group: Row, labels: dict[Kind, dict[str, Label]]) -> str:
    """Somebody may have removed the schedule from the database; what it owed is owed all the same."""
    kind, source_id = Kind(group["_id"]["kind"]), group["_id"]["source_id"]
    label = labels[kind].get(source_id)
    return label.title if label else messages.not_stored(kind, source_id)


def _outage_title(group: Row) -> str:
    windows, schedules = group["windows"], len(group["schedules"])
    return f"{windows} window{'s' * (windows > 1)} of {schedules} schedule{'s' * (schedules > 1)}"


def _failure(group: Row, title: str) -> Failure:
    return Failure(
        kind=group["_id"].get("kind"),
        source_id=group["_id"].get("source_id"),
        title=title,
        error=WindowError(code=group["_id"]["code"], message=group["message"]),
        dates=sorted(group["dates"])[:_DATES_SHOWN],
        windows=group["windows"],
        attempts=group["attempts"],
        since=group["since"],
        last_at=group["last_at"],
    )
