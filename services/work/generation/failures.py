"""What is done about failures: acknowledge, retry; and what schedulers report."""

import datetime as dt
from zoneinfo import ZoneInfo

from nats.aio.client import Client

from contracts.commands import Accepted
from contracts.events import Changed
from contracts.generation import AcknowledgeFailure, ReportIncident, RetryFailure
from contracts.subjects import ACKNOWLEDGE_FAILURE, RETRY_FAILURE, SCHEDULE_CHANGED, WINDOW_DUE, Nothing
from contracts.values import Incident, Kind, Window, calendar_date
from services.kit.broker import publish_event
from services.kit.clock import Clock
from services.kit.mongo.driver import Session
from services.kit.refused import Refused, conflict, refused
from services.work.committing import Committer
from services.work.generation import messages
from services.work.generation.generator import Generator
from services.work.generation.ledger import Acknowledgement, Ledger
from services.work.generation.reconciling import is_publishable
from services.work.history.documents import HistoryIds, ids_of_schedule
from services.work.history.store import History, new_history_entry
from services.work.home.store import HomeView


class FailureCommands:
    def __init__(
        self,
        ledger: Ledger,
        history: History,
        generator: Generator,
        home: HomeView,
        committer: Committer,
        *,
        client: Client,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._home = home
        self._committer = committer
        self._ledger = ledger
        self._history = history
        self._generator = generator
        self._client = client
        self._clock = clock
        self._zone = zone

    async def acknowledge(self, command: AcknowledgeFailure) -> Accepted:
        """The windows stay failed; they are off the list until one fails again."""

        async def write(session: Session) -> Accepted:
            now = self._clock.now()
            acknowledgement = Acknowledgement(command.actor, now, command.note)
            count = await self._ledger.acknowledge(
                command.kind, command.source_id, command.code, acknowledgement, session
            )
            if not count:
                raise _not_open()
            data = {"code": command.code, "note": command.note, "windows": count}
            ids = _ids(command.kind, command.source_id)
            entry = new_history_entry("failure.acknowledged", at=now, actor=command.actor, data=data, **ids)
            await self._history.append(entry, session)
            return Accepted(count=count)

        return await self._committer.commit(ACKNOWLEDGE_FAILURE, command, write, SCHEDULE_CHANGED, command.source_id)

    async def retry(self, command: RetryFailure) -> Accepted:
        """Publish each open window's subject: the same retry as an engineer's, with nothing in the body."""

        async def write(session: Session) -> Accepted:
            ids = await self._ledger.open_windows(command.kind, command.source_id, command.code, session)
            if not ids:
                raise _not_open()
            await self._publish_again(command, ids)
            entry = new_history_entry(
                "failure.retried",
                at=self._clock.now(),
                actor=command.actor,
                data={"code": command.code, "windows": len(ids)},
                **_ids(command.kind, command.source_id),
            )
            await self._history.append(entry, session)
            return Accepted(count=len(ids))

        return await self._committer.commit(RETRY_FAILURE, command, write, SCHEDULE_CHANGED, command.source_id)

    async def _publish_again(self, command: RetryFailure, ids: list[str]) -> None:
        """Not taken back with the transaction, nor in need of it: a window that comes twice has one effect."""
        stream = self._client.jetstream()
        for id in ids:
            window = Window(kind=command.kind, source_id=command.source_id, date=calendar_date(id.rpartition(":")[2]))
            if not is_publishable(window):
                raise conflict(messages.ID_NOT_PUBLISHABLE)
            await stream.publish(window.subject, b"", stream=WINDOW_DUE.stream)

    async def report(self, command: ReportIncident) -> Nothing:
        """Windows too old to be made become ``missed``; the incident itself is one history row, however often told."""
        await self._generator.record_missed(command.missed, messages.NO_SCHEDULER)
        if command.more:
            return Nothing()
        name = f"incident:{command.incident}:{command.since.isoformat()}:{command.until.isoformat()}"
        data = {
            "incident": command.incident.value,
            "since": _text(command.since, self._zone),
            "until": _text(command.until, self._zone),
            "made_late": command.made_late,
            **({"names": command.names} if command.names else {}),
            "missed": await self._ledger.count_missed(command.since, command.until),
            **command.model_dump(include={"before", "after"}, exclude_none=True),
        }
        await self._history.add([new_history_entry("incident.reported", at=self._clock.now(), name=name, data=data)])
        await publish_event(self._client, SCHEDULE_CHANGED, Changed(ids=[]))
        return Nothing()

    async def report_streams(self, names: list[str]) -> None:
        """Streams and consumers of the broker that somebody deleted and work made again: one incident for all that were
        made again within a minute, by any worker."""
        if await self._home.record_made_again(names, Clock.wall()):
            now = self._clock.now()
            await self.report(ReportIncident(incident=Incident.STREAMS_DELETED, since=now, until=now, names=names))


def _not_open() -> Refused:
    return refused("not_found", messages.NOT_OPEN)


def _ids(kind: Kind | None, source_id: str | None) -> HistoryIds:
    return ids_of_schedule(kind, source_id) if kind is not None and source_id is not None else {}


def _text(at: dt.datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(timespec="seconds")
