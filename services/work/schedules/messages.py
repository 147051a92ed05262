"""Why work refuses a change of a schedule or a template."""

CONFIG_CHANGED = "Someone else changed this recurring task; look at it again"
HAS_GENERATED = "This config has generated work. Pause or disable it instead, or archive it"
CREATED_BEFORE = "It already exists; nothing was changed"
MUST_LIE_AHEAD = "must be in the future"
STARTED_BY_HAND = "This template is started by hand; change its trigger to automatic first"
TEMPLATE_CHANGED = "Someone else changed this template; look at it again"


def unreadable(field: object) -> str:
    return f"{field} cannot be read here"


def without_title(kind: object, title: object) -> str:
    return f"{kind} without a {title}"
