"""Recurring task configs: as they are stored and shown, and what is asked and changed."""

from typing import Annotated, Literal

from pydantic import StrictBool

from contracts.commands import Command
from contracts.duties import DutyFields, DutyInput
from contracts.fields.text import Cron, Line, Name, NotNull
from contracts.values import Instant, Model


class RecurringConfig(DutyFields):
    """``version`` rises with each change, a pause or its end among them. ``unreadable`` has a reason for each field of
    what is stored that cannot be read, by its name on HTTP; something else, or nothing, stands in its place."""

    id: str
    version: int = 1
    description: str
    cron_expression: str
    enabled: bool
    assignee_id: str | None = None
    tags: list[str] | None = None
    unreadable: dict[str, str] | None = None
    created_at: Instant
    updated_at: Instant


class CreateRecurring(DutyInput, Command):
    """``id`` is chosen by a seed that may run twice; others leave it out."""

    description: Line
    cron_expression: Cron
    assignee_id: Annotated[Name | None, NotNull] = None
    enabled: StrictBool = True
    id: Name | None = None


class RecurringChanges(DutyInput):
    """Fields that were not sent keep their value; ``model_fields_set`` tells which were."""

    description: Annotated[Line | None, NotNull] = None
    cron_expression: Annotated[Cron | None, NotNull] = None
    assignee_id: Annotated[Name | None, NotNull] = None
    enabled: Annotated[StrictBool | None, NotNull] = None


Clearable = Literal[
    "instructions",
    "instructions_url",
    "instruction_doc_id",
    "systems",
    "tags",
    "required_link_name",
    "requires_file",
    "proof_requirement",
    "assignee_id",
]


class UpdateRecurring(Command):
    """``version`` is that of the config which the changes were made on: refused when somebody changed it since.
    ``cleared`` names fields that it shall not have any more, for a change cannot be null."""

    id: str
    changes: RecurringChanges
    cleared: tuple[Clearable, ...] = ()
    version: int | None = None


class DeleteRecurring(Command):
    id: str


class GetRecurring(Model):
    id: str


class ListRecurring(Model):
    after: str | None = None


class RecurringPage(Model):
    items: list[RecurringConfig]
    after: str | None = None
