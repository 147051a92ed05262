"""What people are told about files: why an upload is refused, and what the sweep found."""

CONTENT_NOT_FOUND = "File content not found"
NOT_MULTIPART = "Send the file as multipart/form-data with a boundary"
ONE_AT_A_TIME = "Send one file at a time"
UPLOAD_BROKE_OFF = "The upload was cut off; send the file again"
IS_GIVEN_TWICE = "is given twice"
IS_TOO_LARGE = "is too large"
IS_TOO_LONG = "is too long"
IS_NOT_UTF8 = "is not UTF-8 text"
CATEGORY_UNKNOWN = "category must be image, invoice or document"
MUST_BE_A_CATEGORY = "must be image, invoice or document"
TAGS_NO_ARRAY = "tags must be a JSON array of strings"
MUST_BE_AN_ARRAY = "must be a JSON array of strings"
FILE_EMPTY = "The file is empty"
IS_EMPTY = "is empty"


def sweep_stopped(held: object) -> str:
    return f"the sweep stopped: it would delete {held} files that no record names"


def too_large(largest: object) -> str:
    return f"A file may have at most {largest} MB"


def field_twice(name: object) -> str:
    return f"{name} is given twice"


def form_unreadable(error: object) -> str:
    return f"The form could not be read: {error}"


def field_too_long(name: object) -> str:
    return f"{name} is too long"


def field_not_utf8(name: object) -> str:
    return f"{name} is not UTF-8 text"


def field_required(field: object) -> str:
    return f"Missing required field: {field}"
