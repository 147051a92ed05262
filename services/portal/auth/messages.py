"""What sign-in and accounts say, and why they refuse."""

SIGN_IN_ENDED = "You are signed out."
KEPT_UNTIL_SIGNED_IN = "Nothing was saved yet. Sign in to send what you typed."
TOO_LONG_TO_KEEP = (
    "Nothing was saved, and what you typed is too long to keep here. Go back and copy it before you sign in."
)
MISSING_CREDENTIALS = "Enter your e-mail address and your password."
WRONG_CREDENTIALS = "Wrong e-mail address or password."
PASSWORD_IS_EMAIL = "the password must not be the e-mail address"
PASSWORD_IS_COMMON = "the password is too common and easy to guess; use three or four words together"
CREDENTIALS_REQUIRED = "email and password are required"
INVALID_CREDENTIALS = "Invalid email or password"


def not_an_email(email: object) -> str:
    return f"“{email}” is not an e-mail address."


def name_too_long(longest_name: object) -> str:
    return f"The name must be one line of 1 to {longest_name} characters."


def throttled(seconds: object) -> str:
    return f"Too many failed sign-ins. Try again in {seconds} seconds."


def password_too_short(shortest: object) -> str:
    return f"the password must have at least {shortest} characters"


def password_too_long(longest: object) -> str:
    return f"the password must have at most {longest} characters"


def throttled_client(seconds: object) -> str:
    return f"Too many failed sign-ins; try again in {seconds} seconds"
