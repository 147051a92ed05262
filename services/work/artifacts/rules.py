"""An artifact as it is kept: what is filled in, what is refused, and what a review leaves behind."""

import datetime as dt
import json
from collections.abc import Sequence
from typing import cast
from urllib.parse import urlsplit

from contracts.artifacts import Artifact, ArtifactFields, ArtifactStatus, DataClass, SourceType, StorageProvider
from contracts.fields.lenient import Raw, read
from services.kit.refused import invalid_field
from services.work.artifacts import messages
from services.work.artifacts.documents import ArtifactChanges, ArtifactDocument, ArtifactReference
from services.work.artifacts.secrets import fault_of_metadata, fault_of_uri

_REVIEWED = {ArtifactStatus.APPROVED, ArtifactStatus.REJECTED}
_UNREVIEWED = {ArtifactStatus.DRAFT, ArtifactStatus.NEEDS_REVIEW}
_OURS = {StorageProvider.S3, StorageProvider.LOCAL_DEV}
_LONGEST_METADATA = 4_096
_HOSTS = {
    "dropbox.com": StorageProvider.DROPBOX,
    "dropboxusercontent.com": StorageProvider.DROPBOX,
    "drive.google.com": StorageProvider.GOOGLE_DRIVE,
    "docs.google.com": StorageProvider.GOOGLE_DRIVE,
    "github.com": StorageProvider.GITHUB,
    "githubusercontent.com": StorageProvider.GITHUB,
}
_SCHEMES = {
    "s3": StorageProvider.S3,
    "dropbox": StorageProvider.DROPBOX,
    "gdrive": StorageProvider.GOOGLE_DRIVE,
    "github": StorageProvider.GITHUB,
    "local": StorageProvider.LOCAL_DEV,
    "local-dev": StorageProvider.LOCAL_DEV,
}


def provider_of(uri: str) -> StorageProvider:
    """Where an address leads, by its scheme and by the host itself, not by what merely looks like it."""
    try:
        parts = urlsplit(uri)
        scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    except ValueError:
        return StorageProvider.UNKNOWN
    if scheme not in ("http", "https"):
        return _SCHEMES.get(scheme, StorageProvider.UNKNOWN)
    known = (provider for name, provider in _HOSTS.items() if host == name or host.endswith(f".{name}"))
    return next(known, StorageProvider.EXTERNAL_URL)


def sent_fields(fields: ArtifactFields) -> ArtifactChanges:
    return cast("ArtifactChanges", fields.model_dump(exclude_unset=True, exclude_none=True, mode="json"))


def new_artifact(sent: ArtifactChanges, *, id: str, actor: str | None, now: dt.datetime) -> ArtifactDocument:
    shown_to = sent.get("visibility") or sent.get("data_class") or DataClass.INTERNAL.value
    document = {
        "_id": id,
        "status": ArtifactStatus.DRAFT.value,
        "source_type": SourceType.MANUAL_LINK.value,
        "storage_provider": provider_of(sent.get("storage_uri", "")).value,
        "data_class": shown_to,
        "visibility": shown_to,
        **sent,
        **({"created_by": actor} if actor else {}),
        "created_at": now,
        "updated_at": now,
        "deleted_at": None,
        "version": 1,
    }
    return _checked(_reviewed(cast("ArtifactDocument", document), before=None, sent=sent, actor=actor, now=now))


def changed_artifact(
    before: ArtifactDocument, sent: ArtifactChanges, *, actor: str | None, now: dt.datetime
) -> ArtifactDocument:
    """A new address brings its own provider, unless the change names one."""
    provider = {"storage_provider": provider_of(sent["storage_uri"]).value} if "storage_uri" in sent else {}
    document = {**before, **provider, **sent, "updated_at": now, "version": before["version"] + 1}
    return _checked(_reviewed(cast("ArtifactDocument", document), before=before, sent=sent, actor=actor, now=now))


def _reviewed(
    document: ArtifactDocument,
    *,
    before: ArtifactDocument | None,
    sent: ArtifactChanges,
    actor: str | None,
    now: dt.datetime,
) -> ArtifactDocument:
    """A verdict is stamped when it is given, not when it is repeated; going back to the draft forgets it."""
    document = document.copy()
    reviewed_at, reviewed_by = document.pop("reviewed_at", None), document.pop("reviewed_by", None)
    if document["status"] in _UNREVIEWED:
        return document
    if document["status"] in _REVIEWED and (before is None or before["status"] != document["status"]):
        reviewed_at, reviewed_by = now, actor or None
    if "reviewed_by" in sent and reviewed_at is not None:
        reviewed_by = sent["reviewed_by"]
    if reviewed_at is not None:
        document["reviewed_at"] = reviewed_at
    if reviewed_by is not None:
        document["reviewed_by"] = reviewed_by
    return document


def _checked(document: ArtifactDocument) -> ArtifactDocument:
    if fault := fault_of_uri(document["storage_uri"]):
        raise invalid_field("storageUri", fault)
    metadata = document.get("metadata") or {}
    if len(json.dumps(metadata, separators=(",", ":"), ensure_ascii=False)) > _LONGEST_METADATA:
        raise invalid_field("metadata", messages.metadata_too_long(_LONGEST_METADATA))
    if fault := fault_of_metadata(metadata):
        raise invalid_field("metadata", fault)
    if document["storage_provider"] in _OURS and not document.get("checksum", "").strip():
        raise invalid_field("checksum", messages.required_for(document["storage_provider"]))
    return document


def artifact_of(document: Raw) -> Artifact:
    return read(Artifact, {**document, "id": document["_id"]}, {})


def reference_to(artifact: ArtifactDocument) -> ArtifactReference:
    """How a task or a run lists an artifact. The status is that of the moment: gates ask the record."""
    return {
        "artifactId": artifact["_id"],
        "type": artifact["type"],
        "title": artifact["title"],
        "storageUri": artifact["storage_uri"],
        "status": artifact["status"],
    }


def listed(references: Sequence[Raw] | None, reference: ArtifactReference) -> list[Raw]:
    """``references`` with this one in the place of an earlier one of the same artifact, or at the end."""
    known = list(references or ())
    if all(one.get("artifactId") != reference["artifactId"] for one in known):
        return [*known, reference]
    return [reference if one.get("artifactId") == reference["artifactId"] else one for one in known]
