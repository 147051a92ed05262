"""What the page of users says after a change, and why it refuses one."""

LAST_ADMIN = "This is the only active admin. Make someone else an admin first."
CHOOSE_ROLE = "Choose a role from the list."
USER_NOT_FOUND = "User not found"


def deactivated(name: object) -> str:
    return f"{name} can no longer sign in and is signed out everywhere. Their open work counts as unassigned."


def email_taken(email: object) -> str:
    return f"{email} is already the e-mail address of a user. Use another one."


def reactivated(name: object) -> str:
    return f"{name} can sign in again with the same password as before."


def changed_meanwhile(name: object, role: object) -> str:
    return (
        f"Someone else changed this user: the name is now “{name}” and the role {role}. Your change was not saved. "
        "Save again to replace theirs."
    )


def saved(name: object, role: object) -> str:
    return f"Saved: {name}, {role}."
