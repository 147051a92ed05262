"""What an artifact is filled in with, what it must not contain, and what a review leaves behind."""

import datetime as dt
from typing import Any

import pytest

from services.kit.refused import Refused
from services.work.artifacts.rules import changed_artifact, listed, new_artifact, provider_of, reference_to

NOW = dt.datetime(2028, 2, 2, 9, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(hours=1)
DOCUMENT = "https://docs.google.com/document/d/1"


def new(**sent: Any) -> dict[str, Any]:
    return new_artifact({"type": "report", "title": "R", "storage_uri": DOCUMENT} | sent, id="a", actor="u", now=NOW)


def refused(**sent: Any) -> str:
    with pytest.raises(Refused) as raised:
        new(**sent)
    refusal = raised.value.refusal
    assert list(refusal.fields) == [refusal.message.partition(" ")[0]]
    return refusal.message


def changed(before: dict[str, Any], **sent: Any) -> dict[str, Any]:
    return changed_artifact(before, sent, actor="u2", now=LATER)


@pytest.mark.parametrize(
    ("uri", "provider"),
    [
        ("s3://bucket/key", "s3"),
        ("https://www.dropbox.com/s/1", "dropbox"),
        (DOCUMENT, "google-drive"),
        ("https://drive.google.com/file/d/1", "google-drive"),
        ("HTTPS://GitHub.com/a/b", "github"),
        ("https://github.com.evil.test/a", "external-url"),
        ("https://evil.test/github.com", "external-url"),
        ("local-dev://notes.txt", "local-dev"),
        ("notes.txt", "unknown"),
        ("https://[", "unknown"),
    ],
)
def test_the_provider_is_read_from_the_address(uri: str, provider: str) -> None:
    assert provider_of(uri) == provider


def test_what_was_not_sent_gets_its_default() -> None:
    made = new()
    expected = {
        "status": "draft",
        "storage_provider": "google-drive",
        "data_class": "internal",
        "visibility": "internal",
        "source_type": "manual-link",
        "created_by": "u",
    }
    assert made | expected == made
    assert new(visibility="public")["data_class"] == "public"
    assert new(data_class="private")["visibility"] == "private"
    assert (new(data_class="private", visibility="public")["data_class"]) == "private"
    assert changed(made, storage_uri="https://github.com/a")["storage_provider"] == "github"
    assert changed(made, title="New")["storage_provider"] == "google-drive"


@pytest.mark.requirement("R-SEC-3")
@pytest.mark.parametrize(
    "metadata",
    [
        {"clientSecret": "x"},
        {"a": {"b": [{"api_key": "x"}]}},
        {"API-Key": 1},
        {"apikey": ""},
        {"tokenCount": 3},
        {"signed-url": "x"},
        {"signedUrl": "x"},
        {"Cookie": "x"},
        {"link": "https://b.s3.amazonaws.com/k?X-Amz-Signature=abc"},
        {"links": ["ok", "https://h/?access_token=abc"]},
        {"link": "https%3A%2F%2Fh%2F%3Fsig%3Dabc"},
    ],
)
def test_metadata_with_secrets_is_refused(metadata: dict[str, Any]) -> None:
    assert "must not contain secrets" in refused(metadata=metadata)


@pytest.mark.parametrize("metadata", [{}, {"pages": 3, "author": "Tok Ensen"}, {"design": "https://h/?page=2"}])
def test_ordinary_metadata_is_kept(metadata: dict[str, Any]) -> None:
    assert new(metadata=metadata)["metadata"] == metadata


@pytest.mark.parametrize(
    "uri",
    [
        "https://b.s3.amazonaws.com/k?X-Amz-Signature=abc",
        "https://storage.googleapis.com/b/k?X-Goog-Signature=abc",
        "https://h.blob.core.windows.net/c?sv=1&sig=abc",
        "https://h/download?token=abc",
        "https://user:secret@host/document",
        "s3://b/k?x-amz-credential=1",
    ],
)
def test_link_that_works_for_any_holder_is_refused(uri: str) -> None:
    assert "signed URL" in refused(storage_uri=uri)


@pytest.mark.parametrize("uri", ["file:///etc/passwd", "javascript:alert(1)", "data:text/html;base64,AAAA"])
def test_an_address_that_is_no_place_is_refused(uri: str) -> None:
    assert refused(storage_uri=uri).startswith("storageUri ")


def test_sizes_and_checksums() -> None:
    assert "4096" in refused(metadata={"text": "x" * 4_100})
    assert "checksum is required" in refused(storage_uri="s3://b/k")
    assert "checksum is required" in refused(storage_provider="local-dev", checksum=" ")
    assert new(storage_uri="s3://b/k", checksum="sha256:1")["storage_provider"] == "s3"


def test_a_verdict_is_stamped_when_it_is_given_and_forgotten_with_the_draft() -> None:
    draft = new()
    assert "reviewed_at" not in draft
    approved = changed(draft, status="approved")
    assert (approved["reviewed_at"], approved["reviewed_by"]) == (LATER, "u2")
    same = changed_artifact(approved, {"status": "approved", "title": "New"}, actor="u3", now=LATER + (LATER - NOW))
    assert isinstance(same, dict)
    assert (same["reviewed_at"], same["reviewed_by"]) == (LATER, "u2")
    assert changed(draft, status="rejected", reviewed_by="u9")["reviewed_by"] == "u9"
    assert changed(approved, status="archived")["reviewed_at"] == LATER
    assert "reviewed_at" not in changed(approved, status="needs-review")
    assert "reviewed_by" not in changed(draft, reviewed_by="u9")


def test_a_reference_replaces_the_earlier_one_of_the_same_artifact() -> None:
    reference = reference_to(new())
    assert reference == {
        "artifactId": "a",
        "type": "report",
        "title": "R",
        "storageUri": DOCUMENT,
        "status": "draft",
    }
    other = {"artifactId": "b"}
    assert listed(None, reference) == [reference]
    assert listed([{"artifactId": "a", "title": "old"}, other], reference) == [reference, other]
    assert listed([other], reference) == [other, reference]
