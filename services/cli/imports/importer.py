"""Taking in an export: page by page to the owner of each entity, who decides what becomes of a record."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from nats.aio.client import Client
from pydantic import ValidationError

from contracts.subjects import IMPORT_NOTIFICATIONS, IMPORT_WORK
from contracts.transfer.export_records import Entity, Record
from contracts.transfer.imports import ImportRecords, ImportResult, ImportVerdict
from services.cli.imports.mending import Claims, Mender
from services.exports.reader.container import Container
from services.exports.reader.lines import Reading
from services.kit.broker import ask
from services.kit.transfer.import_changes import changes_of
from services.portal.auth.access import User
from services.portal.auth.accounts import By, LastAdmin, email_fault, name_fault, with_rights_of
from services.portal.store import PortalStore

ORDER = (
    *(Entity.USERS, Entity.BUNDLES, Entity.FILES, Entity.ARTIFACTS, Entity.TASKS, Entity.WINDOWS),
    # Schedules come when all that they made is there, and so can be told from what they have not made yet.
    *(Entity.TEMPLATES, Entity.RECURRING_CONFIGS, Entity.NOTIFICATIONS, Entity.HISTORY),
)
"""What leans on something comes after it."""
NOT_KEPT = (Entity.ASSISTANT_JOBS, Entity.AUDIT_EVENTS)
_PAGE_RECORDS = 250
_PAGE_BYTES = 400_000
_LARGEST = 900_000


@dataclass
class Tally:
    """``reasons``: for each entity, how many records were refused for what; ``first`` names one of them."""

    verdicts: dict[Entity, Counter[ImportVerdict]] = field(default_factory=dict[Entity, Counter[ImportVerdict]])
    reasons: Counter[tuple[Entity, str]] = field(default_factory=Counter[tuple[Entity, str]])
    first: dict[tuple[Entity, str], str] = field(default_factory=dict[tuple[Entity, str], str])
    listed: list[tuple[Entity, ImportResult]] = field(default_factory=list[tuple[Entity, ImportResult]])
    """Those that are here and differ: updated or kept."""

    def add(self, entity: Entity, results: list[ImportResult]) -> None:
        counted = self.verdicts.setdefault(entity, Counter())
        for result in results:
            counted[result.verdict] += 1
            if result.verdict in (ImportVerdict.UPDATED, ImportVerdict.KEPT):
                self.listed.append((entity, result))
            if result.verdict is ImportVerdict.REFUSED:
                key = entity, result.reason or ""
                self.reasons[key] += 1
                self.first.setdefault(key, result.id)

    @property
    def records(self) -> int:
        return sum(counted.total() for counted in self.verdicts.values())

    def total(self, verdict: ImportVerdict) -> int:
        return sum(counted[verdict] for counted in self.verdicts.values())


@dataclass(frozen=True)
class Export:
    """``mender`` makes another system's records fit; None for our own."""

    container: Container
    files: Mapping[Entity, str]
    mender: Mender | None = None

    def records(self, entity: Entity) -> Iterator[Record]:
        with self.container.open(self.files[entity]) as stream:
            for line in Reading(stream).lines():
                if line.record is not None:
                    yield self.mender.mended(entity, line.record) if self.mender else line.record


def claims_of(container: Container, files: Mapping[Entity, str]) -> Claims:
    claims, unmended = Claims(), Export(container, files)
    for entity in (Entity.BUNDLES, Entity.TASKS):
        for record in unmended.records(entity):
            claims.learn(entity, record)
    return claims


class Importer:
    def __init__(self, client: Client, store: PortalStore, *, dry_run: bool, overwrite: bool = False) -> None:
        self._client = client
        self._store = store
        self._dry_run = dry_run
        self._overwrite = overwrite

    async def take_in(self, export: Export, on_progress: Callable[[int], None]) -> Tally:
        """Raises StartError when an owner is silent; what was taken in until then stays, and may be sent again."""
        tally = Tally()
        for entity in ORDER:
            if entity not in export.files:
                continue
            tally.verdicts[entity] = Counter()
            for page in _pages(export.records(entity)):
                tally.add(entity, await self._page(entity, page))
                on_progress(len(page))
        return tally

    async def _page(self, entity: Entity, page: list[Record]) -> list[ImportResult]:
        if entity is Entity.USERS:
            return [await self._user(record) for record in page]
        if len(page) == 1 and len(json.dumps(page[0])) > _LARGEST:
            id = str(page[0][entity.id_field])
            return [ImportResult(id=id, verdict=ImportVerdict.REFUSED, reason="it is too large to be sent")]
        request = IMPORT_NOTIFICATIONS if entity is Entity.NOTIFICATIONS else IMPORT_WORK
        body = ImportRecords(entity=entity, records=page, dry_run=self._dry_run, overwrite=self._overwrite)
        return (await ask(self._client, request, body)).results

    async def _user(self, record: Record) -> ImportResult:
        id = str(record["user_id"])
        try:
            email = str(record.get("email", "")).strip().lower()
            user = User.model_validate({**record, "id": id, "email": email})
        except ValidationError as error:
            fault = error.errors()[0]
            return _refused(id, f"{fault['loc'][0]}: {fault['msg']}")
        if fault := email_fault(user.email) or name_fault(user.name):
            return _refused(id, fault)
        before = await self._store.user(id)
        if before is None:
            return await self._taken_in(user, ImportResult(id=id, verdict=ImportVerdict.INSERTED))
        user = user.model_copy(update={"theme": before.theme})  # which no export has
        wanted, taken = _differing(before, user), _differing(before, with_rights_of(user, before))
        if not wanted:
            return ImportResult(id=id, verdict=ImportVerdict.UNCHANGED)
        if not self._overwrite or not taken:
            reason = "an import does not give a user more rights" if self._overwrite else "users stay as they are here"
            return ImportResult(id=id, verdict=ImportVerdict.KEPT, reason=reason, changed=wanted)
        return await self._taken_in(user, ImportResult(id=id, verdict=ImportVerdict.UPDATED, changed=taken))

    async def _taken_in(self, user: User, result: ImportResult) -> ImportResult:
        taken = "another user has this e-mail here"
        if self._dry_run:
            holder = await self._store.credentials(user.email)
            return _refused(user.id, taken) if holder and holder[0].id != user.id else result
        try:
            return result if await self._store.accounts.take_in(user, By()) else _refused(user.id, taken)
        except LastAdmin:
            return _refused(user.id, "the last admin here must stay one")


def _differing(before: User, after: User) -> list[str]:
    return sorted(changes_of(before.model_dump(), after.model_dump(), removable=frozenset()).fields)


def _refused(id: str, reason: str) -> ImportResult:
    return ImportResult(id=id, verdict=ImportVerdict.REFUSED, reason=reason)


def _pages(records: Iterator[Record]) -> Iterator[list[Record]]:
    """What a message can carry; a record that is too large for any stands alone."""
    page: list[Record] = []
    size = 0
    for record in records:
        length = len(json.dumps(record))
        if page and (len(page) == _PAGE_RECORDS or size + length > _PAGE_BYTES):
            yield page
            page, size = [], 0
        page.append(record)
        size += length
    if page:
        yield page
