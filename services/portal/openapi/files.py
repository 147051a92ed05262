"""Files and artifacts."""

from contracts.artifacts import Artifact, ArtifactChanges, ListArtifacts, NewArtifact
from contracts.files import File, ListFiles
from services.portal.files.names import CONTENT_TYPES
from services.portal.openapi.operation import IN_PAGES, PAGED, Operation

_ARTIFACT = "/api/artifacts/{artifactId}"
_ATTACH = "List an artifact on a task or a workflow"
_ATTACHED = {"taskId?": str, "bundleId?": str}
_DOCUMENT = {"type": "report", "title": "Sponsor report", "storageUri": "https://docs.google.com/document/d/1"}

OPERATIONS = (
    Operation(
        "GET",
        "/api/files",
        "Files; filters apply together",
        (f"Records of uploaded files; the content comes from their `download`. {IN_PAGES}"),
        {"files": [File], "after?": str},
        query=("taskId", "category", "tag", *PAGED),
        asks=ListFiles,
    ),
    Operation(
        "POST",
        "/api/files",
        "Upload a file to a task",
        (
            "Stores the content and its record. `tags` is a JSON array as text, `category` is image, invoice "
            "or document. An empty file is refused; one above the limit of the server is 413."
        ),
        {"file": File},
        status=201,
        form=True,
        body={"taskId": str, "file": "binary", "category?": str, "tags?": str},
    ),
    Operation(
        "GET", "/api/files/{fileId}", "One file", "The record of a file: name, size, checksum and task.", {"file": File}
    ),
    Operation(
        "GET",
        "/api/files/{fileId}/download",
        "The content of a file",
        (
            "The bytes as they were uploaded. The content type follows from the extension of the name, never "
            "from the content."
        ),
        downloads=CONTENT_TYPES,
    ),
    Operation(
        "DELETE",
        "/api/files/{fileId}",
        "Delete a file that proves nothing any more",
        "Deletes record and content. The only file that proves a completed task is refused with 409.",
        status=204,
    ),
    Operation(
        "GET",
        "/api/artifacts",
        "Artifacts; filters apply together",
        (f"Artifacts that match every filter given. {IN_PAGES}"),
        {"artifacts": [Artifact], "after?": str},
        query=("taskId", "bundleId", "assistantJobId", "fileId", "status", "type", *PAGED),
        asks=ListArtifacts,
    ),
    Operation(
        "POST",
        "/api/artifacts",
        "Add an artifact",
        (
            "Records something that lives elsewhere, by its `storageUri`. An address or `metadata` with a "
            "secret in it is refused."
        ),
        {"artifact": Artifact},
        status=201,
        body=NewArtifact,
        example=_DOCUMENT,
    ),
    Operation("GET", _ARTIFACT, "One artifact", "The artifact, with who reviewed it and when.", {"artifact": Artifact}),
    Operation(
        "PUT",
        _ARTIFACT,
        "Change or review an artifact",
        (
            "Changes the fields that are sent. The status `approved` or `rejected` records the review: "
            "`reviewedBy`, else the caller, and the time."
        ),
        {"artifact": Artifact},
        body=ArtifactChanges,
        example={"status": "approved"},
    ),
    Operation(
        "PUT",
        f"{_ARTIFACT}/archive",
        "Archive an artifact",
        "An archived artifact is kept and proves nothing.",
        {"artifact": Artifact},
    ),
    Operation(
        "PUT",
        f"{_ARTIFACT}/attach",
        _ATTACH,
        (
            "Adds the artifact to the `artifactRefs` of the task or run that the body names, or renews its "
            "entry there. The same as POST."
        ),
        {"artifact": Artifact},
        body=_ATTACHED,
    ),
    Operation(
        "POST",
        f"{_ARTIFACT}/attach",
        _ATTACH,
        (
            "Adds the artifact to the `artifactRefs` of the task or run that the body names, or renews its "
            "entry there. The same as PUT."
        ),
        {"artifact": Artifact},
        body=_ATTACHED,
    ),
)
