"""Why an export is not made."""

DATABASE_SILENT = "The portal's database does not answer. Try again in a moment."
UNEXPECTED = "An unexpected error stopped the export. The log of the portal has the details."
INTERRUPTED = "The portal stopped before the export was ready. Start it again."
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
    return f"The {service} service does not answer. Try again in a moment."


def not_written(strerror: object) -> str:
    return f"The export could not be written: {strerror}."


def not_written_to_directory(strerror: object) -> str:
    return f"The export could not be written: {strerror}"


def directory_unusable(error: object) -> str:
    return f"EXPORT_OUTPUT_DIR cannot be used: {error}"
