"""The two cookies of the portal: one holds the session's token, the other what the sign-in form is bound to."""

import datetime as dt
from dataclasses import dataclass

from litestar.datastructures import Cookie
from litestar.types import Scope


@dataclass(frozen=True)
class Cookies:
    """Behind TLS both are Secure and named so that no other host can set them."""

    secure: bool

    @property
    def session(self) -> str:
        return self._named("dataops")

    @property
    def sign_in(self) -> str:
        return self._named("dataops_sign_in")

    def set(self, name: str, value: str, lifetime: dt.timedelta) -> Cookie:
        """A lifetime of zero removes the cookie."""
        return Cookie(
            key=name,
            value=value,
            max_age=int(lifetime.total_seconds()),
            path="/",
            httponly=True,
            samesite="lax",
            secure=self.secure,
        )

    def _named(self, name: str) -> str:
        return f"__Host-{name}" if self.secure else name


def read_cookie(scope: Scope, name: str) -> str | None:
    """The one value of a cookie; two different ones of a name are none, for nobody knows who set which."""
    values: set[str] = set()
    for header, value in scope["headers"]:
        if header == b"cookie":
            pairs = (pair.strip().partition("=") for pair in value.decode("latin-1").split(";"))
            values |= {content for found, _, content in pairs if found == name}
    return values.pop() if len(values) == 1 else None
