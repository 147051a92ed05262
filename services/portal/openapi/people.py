"""Signing in, users, notifications, and whether the portal is there."""

from contracts.views import Notification
from services.portal.openapi.operation import Operation, Shape

_USER: Shape = {"id": str, "name": str, "email": str, "createdAt": "date-time"}

OPERATIONS = (
    Operation(
        "GET",
        "/api/health",
        "Whether the portal is there",
        "Says that the portal serves, to anybody. The header `X-Zone-Data` names the zone data in use.",
        {"status": str},
        public=True,
    ),
    Operation(
        "POST",
        "/api/auth/login",
        "Sign in",
        (
            "Returns the user and a token for the header `Authorization: Bearer`. Too many wrong passwords "
            "are answered with 429 and `Retry-After`."
        ),
        {"user": _USER, "token": str},
        body={"email": str, "password": str},
        public=True,
        example={"email": "olivia@example.org", "password": "correct horse battery staple"},
        refuses={401: None, 429: None},
    ),
    Operation(
        "POST",
        "/api/auth/logout",
        "Sign out",
        "Ends the session of the token or cookie that is sent. Without one the reply is 204 as well.",
        status=204,
        public=True,
    ),
    Operation("GET", "/api/me", "Who is signed in", "The user whose session this is.", {"user": _USER}),
    Operation(
        "GET",
        "/api/users",
        "All users",
        "Names and e-mail addresses for the ids that tasks and schedules carry.",
        {"users": [_USER]},
    ),
    Operation("GET", "/api/users/{userId}", "One user", "Name and e-mail address of one user.", {"user": _USER}),
    Operation(
        "GET",
        "/api/notifications",
        "Notifications of the caller and for everyone, newest first",
        ("What is not dismissed, newest first. With `all=true` also what the caller has dismissed, after the others."),
        {"notifications": [Notification]},
        query=("all",),
    ),
    Operation(
        "PUT",
        "/api/notifications/dismiss-all",
        "Dismiss all",
        (
            "Hides from the caller every notification that the caller sees, and returns how many. What they "
            "are about stays."
        ),
        {"count": int},
    ),
    Operation(
        "PUT",
        "/api/notifications/{notificationId}/dismiss",
        "Dismiss a notification; what it is about stays",
        "Hides it from the caller; others still see it. Repeating the call changes nothing.",
        {"notification": Notification},
    ),
)
