"""Every route of the JSON API, described. A test holds this list against the routes that there are."""

from services.portal.openapi import files, people, schedules, tasks, workflows

OPERATIONS = (
    *tasks.OPERATIONS,
    *files.OPERATIONS,
    *workflows.RECURRING,
    *workflows.TEMPLATES,
    *workflows.BUNDLES,
    *schedules.OPERATIONS,
    *people.OPERATIONS,
)
