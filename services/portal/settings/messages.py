"""What the settings say after a change, and why they refuse one."""

THEME_SAVED = "Saved. It applies wherever you sign in."
PASSWORD_CHANGED = "Your password is changed. You are signed out everywhere else."
SIGN_IN_ENDED = "That session has ended."
ONLY_HERE = "You are now signed in only here."
PASSWORDS_DIFFER = "The two new passwords are not the same."
WRONG_PASSWORD = "This is not your current password."


def name_saved(name: object) -> str:
    return f"Saved. Others see you as {name}."


def throttled(seconds: object) -> str:
    return f"Too many wrong passwords. Try again in {seconds} seconds."
