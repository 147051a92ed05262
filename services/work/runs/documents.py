"""What is stored of a workflow run, in the collection ``bundles``."""

import datetime as dt
from typing import NotRequired, TypedDict

from pydantic import JsonValue


class LinkDocument(TypedDict):
    """A link of a run, with whatever else clients stored in it."""

    name: str
    """What people call it. Tasks name the links that they need or fill."""
    url: NotRequired[str | None]
    """The address; empty until somebody fills it."""


class RunFields(TypedDict, total=False):
    """What not every run has."""

    description: str
    """What it is about, as clients sent it."""
    template_id: str
    """The template that it was made from."""
    emoji: str
    """A sign of its kind, from its template."""
    tags: list[str]
    """Words that people search it by."""
    references: list[LinkDocument]
    """Links that belong to every run of its template."""
    bundle_links: list[LinkDocument]
    """Links that are filled while it goes on."""
    steps: int
    """How many steps its template had when it was made."""
    run_key: str
    """The template and the anchor date, `<template>:<ISO date>`, in the first run for that date. One run holds it."""
    artifact_refs: list[dict[str, JsonValue]]
    """Artifacts that were attached, each named by its `artifactId`."""
    assistant_job_refs: list[dict[str, JsonValue]]
    """Jobs of assistants, as clients sent them."""
    audit_event_refs: list[dict[str, JsonValue]]
    """Events of audits, as clients sent them."""
    archived_at: dt.datetime | None
    """When it was archived, while it is."""
    deleted_at: dt.datetime | None
    """When it was deleted. It stays as a tombstone that holds its anchor date."""
    joins: int
    """Raised by each task that joins it and each command that asks for its date, so that two at once collide."""
    search_text: str
    """The key of `title` that typed text is compared with."""
    search_tags: list[str]
    """The keys of `tags`."""


class RunDocument(RunFields):
    """One execution of a template, or a workflow without one."""

    _id: str
    """Derived from its window; random for one that somebody started."""
    title: str
    """What people call it."""
    anchor_date: str
    """The ISO date that it is for."""
    stage: str
    """A `Stage`."""
    status: str
    """A `BundleStatus`."""
    created_at: dt.datetime
    """When it was made, in application time."""
    updated_at: dt.datetime
    """When it changed last, in application time."""
    version: int
    """Raised with each change of the run itself."""


class RunEdit(RunFields, total=False):
    """What a client may set of a run."""

    title: str
    stage: str
    status: str


class RunChanges(TypedDict, total=False):
    """Fields of a run that a task changes."""

    bundle_links: list[LinkDocument]
    stage: str


class FilledLinkDocument(TypedDict):
    """A link that a task filled."""

    before: LinkDocument
    """As it was."""
    after: LinkDocument
    """As the task left it."""


class EffectDocument(TypedDict):
    """What a change of a task did to a run."""

    run_id: str
    """The run."""
    links: list[FilledLinkDocument]
    """The links that it filled."""
    stage: list[str] | None
    """The stage before and the one after, when it moved the run."""


COLLECTIONS = {"bundles": RunDocument}
