"""Why work refuses a change of an artifact."""

IS_PROOF = "This artifact is the proof of a task that is done; reopen the task or approve another artifact first"
SIGNED_URL = "must not be a signed URL or contain a token: link to the document itself"
NOT_AN_ADDRESS = "is not an address"


def metadata_too_long(longest_metadata: object) -> str:
    return f"must have at most {longest_metadata} characters as JSON"


def required_for(storage_provider: object) -> str:
    return f"is required for {storage_provider} artifacts"


def scheme_not_allowed(scheme: object) -> str:
    return f"must not begin with {scheme}:"
