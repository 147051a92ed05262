"""Every route of the JSON API, described. A test holds this list against the routes that there are."""

from services.portal.openapi import people, tasks, workflows

OPERATIONS = (
    *tasks.OPERATIONS,
    *workflows.RECURRING,
    *workflows.TEMPLATES,
    *workflows.BUNDLES,
    *workflows.SCHEDULES,
    *people.OPERATIONS,
)
