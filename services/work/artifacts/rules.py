"""An artifact as it is kept: what is filled in, what is refused, and what a review leaves behind."""

import datetime as dt
import json
from typing import Any
from urllib.parse import urlsplit

from contracts.artifacts import Artifact, ArtifactFields, ArtifactStatus, DataClass, SourceType, StorageProvider
from contracts.lenient import read
from services.kit.refused import invalid_field
from services.work.artifacts import messages
from services.work.artifacts.secrets import fault_of_metadata, fault_of_uri

Document = dict[str, Any]
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


def sent_fields(fields: ArtifactFields) -> Document:
    return fields.model_dump(exclude_unset=True, exclude_none=True, mode="json")


def new_artifact(sent: Document, *, id: str, actor: str | None, now: dt.datetime) -> Document:
    shown_to = sent.get("visibility") or sent.get("data_class") or DataClass.INTERNAL.value
    document: Document = {
        "_id": id,
        "status": ArtifactStatus.DRAFT.value,
        "source_type": SourceType.MANUAL_LINK.value,
        "storage_provider": provider_of(sent["storage_uri"]).value,
        "data_class": shown_to,
        "visibility": shown_to,
        **sent,
        **({"created_by": actor} if actor else {}),
        "created_at": now,
        "updated_at": now,
        "deleted_at": None,
        "version": 1,
    }
    return _checked(_reviewed(document, before=None, sent=sent, actor=actor, now=now))


def changed_artifact(before: Document, sent: Document, *, actor: str | None, now: dt.datetime) -> Document:
    """A new address brings its own provider, unless the change names one."""
    provider = {"storage_provider": provider_of(sent["storage_uri"]).value} if "storage_uri" in sent else {}
    document = {**before, **provider, **sent, "updated_at": now, "version": before["version"] + 1}
    return _checked(_reviewed(document, before=before, sent=sent, actor=actor, now=now))


def _reviewed(
    document: Document, *, before: Document | None, sent: Document, actor: str | None, now: dt.datetime
) -> Document:
    """A verdict is stamped when it is given, not when it is repeated; going back to the draft forgets it."""
    review = {name: document[name] for name in ("reviewed_at", "reviewed_by") if name in document}
    document = {name: value for name, value in document.items() if name not in ("reviewed_at", "reviewed_by")}
    if document["status"] in _UNREVIEWED:
        return document
    is_new = document["status"] in _REVIEWED and (before is None or before["status"] != document["status"])
    if is_new:
        review = {"reviewed_at": now, **({"reviewed_by": actor} if actor else {})}
    if "reviewed_by" in sent and "reviewed_at" in review:
        review["reviewed_by"] = sent["reviewed_by"]
    return document | review


def _checked(document: Document) -> Document:
    if fault := fault_of_uri(document["storage_uri"]):
        raise invalid_field("storageUri", fault)
    metadata: Document = document.get("metadata") or {}
    if len(json.dumps(metadata, separators=(",", ":"), ensure_ascii=False)) > _LONGEST_METADATA:
        raise invalid_field("metadata", messages.metadata_too_long(_LONGEST_METADATA))
    if fault := fault_of_metadata(metadata):
        raise invalid_field("metadata", fault)
    if document["storage_provider"] in _OURS and not document.get("checksum", "").strip():
        raise invalid_field("checksum", messages.required_for(document["storage_provider"]))
    return document


def artifact_of(document: Document) -> Artifact:
    return read(Artifact, {**document, "id": document["_id"]}, {})


def reference_to(artifact: Document) -> Document:
    """How a task or a run lists an artifact. The status is that of the moment: gates ask the record."""
    return {
        "artifactId": artifact["_id"],
        "type": artifact["type"],
        "title": artifact["title"],
        "storageUri": artifact["storage_uri"],
        "status": artifact["status"],
    }


def listed(references: list[Document] | None, reference: Document) -> list[Document]:
    """``references`` with this one in the place of an earlier one of the same artifact, or at the end."""
    known = references or []
    if all(one.get("artifactId") != reference["artifactId"] for one in known):
        return [*known, reference]
    return [reference if one.get("artifactId") == reference["artifactId"] else one for one in known]
