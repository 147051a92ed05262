"""Tasks, their files and artifacts."""

from contracts.artifacts import Artifact, ArtifactChanges, NewArtifact
from contracts.files import File
from contracts.task_commands import (
    AddComment,
    CompleteTask,
    CreateTask,
    MarkWaiting,
    ReceiveResponse,
    ReopenTask,
    SendFollowUp,
    SnoozeFollowUp,
    TaskChanges,
)
from contracts.views import HistoryRow, Home, Task
from services.portal.file_names import CONTENT_TYPES
from services.portal.openapi.operation import PAGED, Operation

_TASK = "/api/tasks/{taskId}"
_ARTIFACT = "/api/artifacts/{artifactId}"
_ATTACH = "List an artifact on a task or a workflow"
_ATTACHED = {"taskId?": str, "bundleId?": str}
_DOCUMENT = {"type": "report", "title": "Sponsor report", "storageUri": "https://docs.google.com/document/d/1"}
_WAITING = {"waitingFor": "Anna at ACME", "followUpAt": "2028-02-07", "note": "Asked for the logo"}

OPERATIONS = (
    Operation(
        "GET",
        "/api/home",
        "Operations Home at this instant; the filters are for its sections of tasks",
        {"home": Home},
        query=("scope", "assignee", "tag", "workflow", "source", "q"),
    ),
    Operation(
        "GET",
        "/api/tasks",
        "Tasks by one filter: date, then startDate and endDate, then bundleId, then status",
        {"tasks": [Task], "after?": str},
        query=("date", "startDate", "endDate", "bundleId", "status", *PAGED),
    ),
    Operation(
        "POST",
        "/api/tasks",
        "Add a task",
        Task,
        status=201,
        body=CreateTask,
        example={"description": "Invite the speakers to Slack", "date": "2028-02-02"},
    ),
    Operation("GET", _TASK, "One task", Task),
    Operation("PUT", _TASK, "Change a task", Task, body=TaskChanges, example={"status": "done"}),
    Operation("DELETE", _TASK, "Hide a task; its history stays", status=204),
    Operation("GET", f"{_TASK}/history", "Every change of a task, oldest first", {"history": [HistoryRow]}),
    Operation(
        "POST",
        f"{_TASK}/completion",
        "Complete a task",
        Task,
        body=CompleteTask,
        optional_body=True,
        example={"comment": "Sent"},
    ),
    Operation("DELETE", f"{_TASK}/completion", "Reopen a task", Task, body=ReopenTask, optional_body=True),
    Operation("POST", f"{_TASK}/waiting", "Wait for somebody", Task, body=MarkWaiting, example=_WAITING),
    Operation(
        "POST",
        f"{_TASK}/follow-ups",
        "A follow-up was sent; the task keeps waiting",
        Task,
        body=SendFollowUp,
        example={"followUpAt": "2028-02-09", "channel": "e-mail"},
    ),
    Operation(
        "POST",
        f"{_TASK}/response",
        "They answered",
        Task,
        body=ReceiveResponse,
        optional_body=True,
        example={"note": "Yes"},
    ),
    Operation(
        "POST",
        f"{_TASK}/snooze",
        "Follow up later",
        Task,
        body=SnoozeFollowUp,
        example={"followUpAt": "2028-02-14", "reason": "Out of office until then"},
    ),
    Operation(
        "POST", f"{_TASK}/comments", "Add a comment", Task, status=201, body=AddComment, example={"text": "Called them"}
    ),
    Operation(
        "GET",
        "/api/files",
        "Files; filters apply together",
        {"files": [File], "after?": str},
        query=("taskId", "category", "tag", *PAGED),
    ),
    Operation(
        "POST",
        "/api/files",
        "Upload a file to a task",
        {"file": File},
        status=201,
        form=True,
        body={"taskId": str, "file": "binary", "category?": str, "tags?": str},
    ),
    Operation("GET", "/api/files/{fileId}", "One file", {"file": File}),
    Operation("GET", "/api/files/{fileId}/download", "The content of a file", downloads=CONTENT_TYPES),
    Operation("DELETE", "/api/files/{fileId}", "Delete a file that proves nothing any more", status=204),
    Operation(
        "GET",
        "/api/artifacts",
        "Artifacts; filters apply together",
        {"artifacts": [Artifact], "after?": str},
        query=("taskId", "bundleId", "assistantJobId", "fileId", "status", "type", *PAGED),
    ),
    Operation(
        "POST",
        "/api/artifacts",
        "Add an artifact",
        {"artifact": Artifact},
        status=201,
        body=NewArtifact,
        example=_DOCUMENT,
    ),
    Operation("GET", _ARTIFACT, "One artifact", {"artifact": Artifact}),
    Operation(
        "PUT",
        _ARTIFACT,
        "Change or review an artifact",
        {"artifact": Artifact},
        body=ArtifactChanges,
        example={"status": "approved"},
    ),
    Operation("PUT", f"{_ARTIFACT}/archive", "Archive an artifact", {"artifact": Artifact}),
    Operation("PUT", f"{_ARTIFACT}/attach", _ATTACH, {"artifact": Artifact}, body=_ATTACHED),
    Operation("POST", f"{_ARTIFACT}/attach", _ATTACH, {"artifact": Artifact}, body=_ATTACHED),
)
