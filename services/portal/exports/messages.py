"""Why an export is not made; what ends with a full stop stands on its page, with what to do."""

DATABASE_SILENT = "The portal's database does not answer. Start it again in a moment."
UNEXPECTED = "An unexpected error stopped it. The log of the portal has the details. Start it again."
INTERRUPTED = "The portal stopped before it was ready. Start it again."
DIRECTORY_NOT_CONFIGURED = "EXPORT_OUTPUT_DIR is not configured"


def no_place_of_its_own(target: object) -> str:
    return f"{target} cannot be replaced; name a folder inside it"


def is_symbolic_link(target: object) -> str:
    return f"{target} is a symbolic link; name the folder itself"


def parent_is_no_directory(parent: object) -> str:
    return f"{parent} is not a folder; create it first"


def is_no_directory(target: object) -> str:
    return f"{target} is a file, not a folder"


def holds_something_else(target: object) -> str:
    return f"{target} holds files that are not from an export; choose an empty folder"


def cannot_be_written(parent: object, strerror: object) -> str:
    return f"{parent} cannot be written to ({strerror})"


def service_silent(service: object) -> str:
    return f"The {service} service does not answer. Start it again in a moment."


def files_not_written(strerror: object) -> str:
    return f"Its files could not be written: {strerror}. Start it again."


def not_written(strerror: object) -> str:
    return f"The export could not be written: {strerror}"


def refused(reason: object) -> str:
    return f"{reason}. Start it again."


def directory_unusable(error: object) -> str:
    return f"EXPORT_OUTPUT_DIR cannot be used: {error}"
