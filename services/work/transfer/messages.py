"""Why an import leaves a record as it is."""

IDENTITY_HELD = (
    "what it would take (a scheduled date, a step of a workflow, or an anchor date) is held by another record here"
)
CHANGED_NOW = "it was changed here just now, or claims what another record holds; import again"
CHANGED_LATER = "it was changed here after that; --overwrite replaces it"
GENERATED_HERE = "it was generated here, which is final"
KEPT_ELSEWHERE = "is kept elsewhere"


def field_missing(field: object) -> str:
    return f"{field} is missing"


def no_zone(name: object) -> str:
    return f"{name} has no zone"


def not_an_instant(name: object) -> str:
    return f"{name} is not an instant"


def not_kept(entity: object) -> str:
    return f"work keeps no {entity}"
