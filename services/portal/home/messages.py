"""Why the filters of Home refuse a value."""

SCOPE_UNKNOWN = "scope must be mine or everyone"
WORKFLOW_UNKNOWN = "workflow is not a known workflow"
MUST_BE_A_SCOPE = "must be mine or everyone"
IS_NO_KNOWN_WORKFLOW = "is not a known workflow"
