"""Commands about templates. What they made before stays as it is; an edit holds for the runs to come."""

from typing import cast

from contracts import subjects
from contracts.fields.lenient import Raw
from contracts.subjects import SCHEDULE_CHANGED, Nothing
from contracts.templates import CreateTemplate, DeleteTemplate, OpenedTemplate, Template, UpdateTemplate
from contracts.values import Kind
from services.kit.clock import Clock
from services.kit.mongo.driver import Session
from services.kit.refused import conflict, invalid, not_found, refused
from services.work.committing import Committer
from services.work.generation.ledger import Ledger
from services.work.history.store import History, new_history_entry
from services.work.messages import NOTHING_TO_CHANGE
from services.work.schedules import messages
from services.work.schedules.chosen_dates import ended_pause
from services.work.schedules.documents import TemplateDocument, TimelineFields, TriggerFields
from services.work.schedules.opened_templates import OpenedTemplates
from services.work.schedules.reading import template_of, timeline_of
from services.work.schedules.store import InForce, Schedules, new_document, timeline_fields
from services.work.schedules.triggers import timeline_under

_KIND = Kind.TEMPLATE


class TemplateCommands:
    def __init__(
        self,
        schedules: Schedules,
        history: History,
        ledger: Ledger,
        committer: Committer,
        *,
        opened: OpenedTemplates,
        clock: Clock,
    ) -> None:
        self._opened = opened
        self._schedules = schedules
        self._ledger = ledger
        self._history = history
        self._committer = committer
        self._clock = clock

    async def create(self, command: CreateTemplate) -> Template:
        fields = command.model_dump(exclude={"actor", "key", "id"}, exclude_none=True, mode="json")
        begun = cast("TemplateDocument", {**new_document(command.id, self._clock.now()), **fields})
        document = cast("TemplateDocument", {**begun, **self._timeline({}, begun, command.actor)})

        async def write(session: Session) -> Template:
            if await self._schedules.known(_KIND, document["_id"], session):
                raise refused("exists", messages.CREATED_BEFORE)
            await self._schedules.add(_KIND, document, session)
            await self._append_history("created", document["_id"], command.actor, {}, session)
            return template_of(document)

        return await self._committer.commit(subjects.CREATE_TEMPLATE, command, write, SCHEDULE_CHANGED, document["_id"])

    async def update(self, command: UpdateTemplate) -> OpenedTemplate:
        """A trigger added now counts from now on; one that is taken away makes nothing any more."""
        fields: Raw = command.changes.model_dump(exclude_unset=True, exclude_none=True, mode="json")
        trigger = cast("TriggerFields", fields)
        if not fields:
            raise invalid(NOTHING_TO_CHANGE)

        async def write(session: Session) -> OpenedTemplate:
            document = cast("TemplateDocument | None", await self._schedules.find(_KIND, command.id, session))
            if document is None:
                raise not_found("Template")
            if command.version not in (None, document.get("version", 1)):
                message = messages.TEMPLATE_CHANGED
                raise conflict(message).with_current(template_of(document))
            changes = {**fields, **self._timeline(document, trigger, command.actor), "updated_at": self._clock.now()}
            changed = {name: value for name, value in fields.items() if document.get(name) != value}
            if ended := ended_pause(_KIND, document, self._clock.now()):
                await self._history.append(ended, session)
            await self._append_history("updated", command.id, command.actor, changed, session)
            return await self._opened.of(await self._schedules.change(_KIND, command.id, changes, session))

        return await self._committer.commit(subjects.UPDATE_TEMPLATE, command, write, SCHEDULE_CHANGED, command.id)

    def _timeline(
        self, before: TemplateDocument | TriggerFields, changes: TriggerFields, actor: str | None
    ) -> InForce | TimelineFields:
        now, timeline = self._clock.now(), timeline_of(before)
        after = timeline_under(timeline, before, changes, by=actor, now=now)
        return timeline_fields(after, now) if after else {}

    async def delete(self, command: DeleteTemplate) -> Nothing:
        async def write(session: Session) -> Nothing:
            if await self._schedules.find(_KIND, command.id, session) is None:
                raise not_found("Template")
            now = self._clock.now()
            gone = {"deleted_at": now, "changed_at": Clock.wall()}
            await self._schedules.change(_KIND, command.id, gone, session)
            await self._append_history("deleted", command.id, command.actor, {}, session)
            await self._ledger.close(_KIND, command.id, deleted_by=command.actor, at=now, session=session)
            return Nothing()

        return await self._committer.commit(subjects.DELETE_TEMPLATE, command, write, SCHEDULE_CHANGED, command.id)

    async def _append_history(self, event: str, id: str, actor: str | None, data: Raw, session: Session) -> None:
        entry = new_history_entry(f"template.{event}", at=self._clock.now(), actor=actor, template_id=id, data=data)
        await self._history.append(entry, session)
