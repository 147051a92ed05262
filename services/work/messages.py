"""Why work refuses a question."""

NOT_A_POSITION = "is not a position that a page gave"
