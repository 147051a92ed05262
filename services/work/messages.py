"""Why work refuses a question, or a change of any noun."""

NOTHING_TO_CHANGE = "No valid fields to update"
NOT_A_POSITION = "is not a position that a page gave"
