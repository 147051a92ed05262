"""Signing in, users, notifications, and whether the portal is there."""

from contracts.views import Notification
from services.portal.openapi.operation import Operation, Shape

_USER: Shape = {"id": str, "name": str, "email": str, "createdAt": "date-time"}

OPERATIONS = (
    Operation("GET", "/api/health", "Whether the portal is there", {"status": str}, public=True),
    Operation(
        "POST",
        "/api/auth/login",
        "Sign in",
        {"user": _USER, "token": str},
        body={"email": str, "password": str},
        public=True,
        example={"email": "olivia@example.org", "password": "correct horse battery staple"},
        refuses={401: None, 429: None},
    ),
    Operation("POST", "/api/auth/logout", "Sign out", status=204, public=True),
    Operation("GET", "/api/me", "Who is signed in", {"user": _USER}),
    Operation("GET", "/api/users", "All users", {"users": [_USER]}),
    Operation("GET", "/api/users/{userId}", "One user", {"user": _USER}),
    Operation(
        "GET",
        "/api/notifications",
        "Notifications of the caller and for everyone, newest first",
        {"notifications": [Notification]},
        query=("all",),
    ),
    Operation("PUT", "/api/notifications/dismiss-all", "Dismiss all", {"count": int}),
    Operation(
        "PUT",
        "/api/notifications/{notificationId}/dismiss",
        "Dismiss a notification; what it is about stays",
        {"notification": Notification},
    ),
)
