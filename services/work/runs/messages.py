"""Why work refuses a change of a workflow."""

DATE_TAKEN = "Another workflow already covers that date; nothing was started"
ONLY_ARCHIVED_DELETED = "Only archived bundles can be deleted"
CHANGED_MEANWHILE = "Someone else changed this workflow; look at it again"


def template_invalid(name: object, reason: object) -> str:
    return f"The template cannot create a workflow: {name} {reason}"


def template_unusable(error: object) -> str:
    return f"The template cannot create a workflow: {error}"


def wrong_site(site: object, host: object) -> str:
    return f"must lead to {site}, and this one leads to {host}"


def no_link(name: object) -> str:
    return f"The workflow has no link {name!r}"


def link_changed(url: object) -> str:
    return f"Someone else changed this link; it is {url} now"
