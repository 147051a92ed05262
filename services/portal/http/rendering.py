"""Templates: one environment, everything escaped, an unknown name is an error and not an empty place."""

import secrets
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from contracts.values import RUN_PUT_AWAY
from services.portal.formatting import runs as workflow_words
from services.portal.formatting import words
from services.portal.http.assets import Assets
from services.portal.tasks import next_steps


def minted_key() -> str:
    """For a form that adds something, so that one that is sent twice adds it once."""
    return secrets.token_urlsafe(12)


class Renderer:
    """``render(template, **context)``; every template can link assets and knows the timezone's name."""

    def __init__(self, assets: Assets, timezone: str) -> None:
        self._environment = Environment(
            loader=PackageLoader("services.portal", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,  # else each of the rows asks the file system whether its template changed
        )
        shared: dict[str, Any] = self._environment.globals  # pyright: ignore[reportAssignmentType]  # jinja lists its own
        shared |= {"asset": assets.path, "timezone": timezone, "here_nav": "", "unread": None}
        shared |= {
            "capital": words.capital,
            "count": words.count,
            "further_steps": next_steps.further_steps,
            "happened": workflow_words.happened,
            "RUN_PUT_AWAY": RUN_PUT_AWAY,
            "mechanism": words.mechanism,
            "minted_key": minted_key,
            "next_step": next_steps.next_step,
            "offset": workflow_words.offset,
            "outcome": words.outcome,
            "proof_label": next_steps.proof_label,
            "review": workflow_words.review,
            "second_step": next_steps.second_step,
            "size": words.size,
            "stage": workflow_words.stage,
            "trigger": words.trigger,
            "verdict": words.verdict,
            "web_address": words.web_address,
        }

    def __call__(self, template: str, **context: Any) -> str:
        return self._environment.get_template(template).render(viewer=context.pop("viewer", None), **context)
