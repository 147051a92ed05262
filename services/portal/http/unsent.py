"""A form that was sent after its sign-in had ended: carried through sign-in, or met by a later one; then shown and
sent by one more press."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response
from pydantic.alias_generators import to_snake

from contracts.fields.dates import format_date
from services.portal.formatting.words import capital
from services.portal.http.forms import MANY_FIELDS, EarlierSignIn, Form, local_path, read_text
from services.portal.http.rendering import Renderer

_NEVER_CARRIED = {"csrf", "password", "current", "new", "again"}
_NOT_TYPED = {"back", "version", "key", "do", "seen", "complete"}
_LONGEST = 80_000
"""Characters: inside the sign-in form they are encoded once more, and that form has a limit too."""
_SHOWN = 12


def on_earlier_sign_in(renderer: Renderer) -> Callable[[Request[Any, Any, Any], EarlierSignIn], Response[str]]:
    """To the user who is signed in now. htmx is told no more than that, as without a session: our script then sends the
    form as a browser without script does."""

    def reply(request: Request[Any, Any, Any], error: EarlierSignIn) -> Response[str]:
        if "hx-request" in request.headers:
            return Response("", media_type="text/plain", status_code=401)
        viewer, form = request.user, _kept(error.form)
        return unsent_page(renderer, viewer.csrf, request.url.path, form, status=403, as_whom=viewer.user.name)

    return reply


def unsent_page(
    renderer: Renderer, csrf: str, path: str, form: Form, *, status: int = 200, as_whom: str | None = None
) -> Response[str]:
    """Sent again only when the signed-in user presses the button, with their rights and the token of their session.
    ``as_whom`` says who that is, to those who did not sign in just now."""
    shown = {"path": path, "form": form, "typed": typed(form), "back": local_path(form.text("back")), "csrf": csrf}
    text = renderer("unsent.html", **shown, as_whom=as_whom)
    return Response(text, media_type="text/html", status_code=status)


def _kept(form: Form) -> Form:
    """All but what proves who sent it, and passwords."""
    return Form({name: value for name, value in form.items() if name not in _NEVER_CARRIED})


def carried(form: Form) -> str:
    """What is kept of it, as text; empty when it is too long."""
    text = urlencode(_kept(form))
    return text if len(text) <= _LONGEST else ""


def read_carried(text: str) -> Form:
    """Raises BadInput for what ``carried`` cannot have made."""
    return read_text(text, MANY_FIELDS)


def typed(form: Form) -> list[tuple[str, str]]:
    """The first things that a person may have typed, each with its name in words."""
    filled = [(name, text.strip()) for name, text in form.items() if text.strip() and name not in _NOT_TYPED]
    return [
        (capital(to_snake(name.rpartition(".")[2]).replace("_", " ")), _read(text)) for name, text in filled[:_SHOWN]
    ]


def _read(text: str) -> str:
    """A date in words; anything else as it was typed."""
    try:
        return format_date(dt.date.fromisoformat(text))
    except ValueError:
        return text
