"""Why work refuses a change of a file."""

IS_PROOF = "This file is the proof of a task that is done; reopen the task or add another file before deleting it"
TASK_DONE = "This task is done; reopen it before adding a file"
TASK_ARCHIVED = "This task is archived; restore it before adding a file"
