"""Operations Home and tasks."""

from contracts.queries import ListTasks
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
from services.portal.openapi.operation import IN_PAGES, PAGED, Operation

_TASK = "/api/tasks/{taskId}"
_WAITING = {"waitingFor": "Anna at ACME", "followUpAt": "2028-02-07", "note": "Asked for the logo"}

OPERATIONS = (
    Operation(
        "GET",
        "/api/home",
        "Operations Home at this instant; the filters are for its sections of tasks",
        (
            "The sections of Operations Home, each with its rows and their count: failures, overdue, due "
            "today, follow-ups, workflows at risk and active ones. Failures and workflows are not filtered."
        ),
        {"home": Home},
        query=("scope", "assignee", "tag", "workflow", "source", "q"),
    ),
    Operation(
        "GET",
        "/api/tasks",
        "Tasks by one filter: date, then startDate and endDate, then bundleId, then status",
        (
            "Tasks that match one filter, archived ones included unless `status` says otherwise. Filters of "
            f"lower rank are ignored; without any the reply is 400. The range includes both dates. {IN_PAGES}"
        ),
        {"tasks": [Task], "after?": str},
        query=("date", "startDate", "endDate", "bundleId", "status", *PAGED),
        asks=ListTasks,
    ),
    Operation(
        "POST",
        "/api/tasks",
        "Add a task",
        (
            "Creates a task by hand; `description` and `date` are required. A task of a workflow run names it "
            "in `bundleId`."
        ),
        Task,
        status=201,
        body=CreateTask,
        example={"description": "Invite the speakers to Slack", "date": "2028-02-02"},
    ),
    Operation(
        "GET",
        _TASK,
        "One task",
        ("The task itself, without an envelope, with its proof requirements, its state of waiting and `version`."),
        Task,
    ),
    Operation(
        "PUT",
        _TASK,
        "Change a task",
        (
            "Changes the fields that are sent; others keep their value. `status: done` completes the task if "
            "no proof is missing, else the reply is 400 and `missing` lists it. With `version`, a task that "
            "changed since is refused with 409."
        ),
        Task,
        body=TaskChanges,
        example={"status": "done"},
    ),
    Operation(
        "DELETE",
        _TASK,
        "Hide a task; its history stays",
        (
            "The task leaves every list; its history and the window that made it are kept. An unknown id is "
            "answered with 204 as well."
        ),
        status=204,
    ),
    Operation(
        "GET",
        f"{_TASK}/history",
        "Every change of a task, oldest first",
        ("Who changed what and when. `data` holds what the change was about, such as the earlier and the new date."),
        {"history": [HistoryRow]},
    ),
    Operation(
        "POST",
        f"{_TASK}/completion",
        "Complete a task",
        (
            "Closes the task. The body may bring the proof: `link`, `comment` or `externalStatus`. When proof "
            "is missing, nothing changes, the reply is 409 and `missing` lists it."
        ),
        Task,
        body=CompleteTask,
        optional_body=True,
        example={"comment": "Sent"},
    ),
    Operation(
        "DELETE",
        f"{_TASK}/completion",
        "Reopen a task",
        "The task is to do again, and who completed it when is cleared. Its proof stays.",
        Task,
        body=ReopenTask,
        optional_body=True,
    ),
    Operation(
        "POST",
        f"{_TASK}/waiting",
        "Wait for somebody",
        ("The task waits for somebody until `followUpAt`, a date or an instant, and shows up on Home from then on."),
        Task,
        body=MarkWaiting,
        example=_WAITING,
    ),
    Operation(
        "POST",
        f"{_TASK}/follow-ups",
        "A follow-up was sent; the task keeps waiting",
        (
            "Records that somebody was asked again and sets the next `followUpAt`. `channel` and `note` go "
            "into the history."
        ),
        Task,
        body=SendFollowUp,
        example={"followUpAt": "2028-02-09", "channel": "e-mail"},
    ),
    Operation(
        "POST",
        f"{_TASK}/response",
        "They answered",
        "Ends the waiting: the task is to do again. `note` goes into its comment.",
        Task,
        body=ReceiveResponse,
        optional_body=True,
        example={"note": "Yes"},
    ),
    Operation(
        "POST",
        f"{_TASK}/snooze",
        "Follow up later",
        "Moves `followUpAt` without asking anybody; `reason` goes into the history.",
        Task,
        body=SnoozeFollowUp,
        example={"followUpAt": "2028-02-14", "reason": "Out of office until then"},
    ),
    Operation(
        "POST",
        f"{_TASK}/comments",
        "Add a comment",
        "Adds `text` below the comment that is there, with the time and the name of the caller.",
        Task,
        status=201,
        body=AddComment,
        example={"text": "Called them"},
    ),
)
