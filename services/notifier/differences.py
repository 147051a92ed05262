"""What a sweep has to change: what is called for, compared with what is open."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pydantic import JsonValue

from services.notifier.notices import NewNotification, key_of


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An open notification, as far as a sweep looks at it."""

    id: str
    cause: str
    message: str
    task_id: str | None = None
    user_id: str | None = None
    metadata: dict[str, JsonValue] | None = None

    def has_text_of(self, wanted: NewNotification) -> bool:
        return (self.message, self.user_id, self.metadata) == (wanted.message, wanted.user_id, wanted.metadata)


@dataclass
class Differences:
    raised: list[NewNotification] = field(default_factory=list[NewNotification])
    reworded: dict[str, NewNotification] = field(default_factory=dict[str, NewNotification])
    resolved: list[str] = field(default_factory=list[str])


def differences(standing: Iterable[Standing], wanted: Iterable[NewNotification]) -> Differences:
    """Of several with one key the first stays; two notifiers may have raised one each."""
    found = Differences()
    called_for = {key_of(one.cause): one for one in wanted}
    for one in standing:
        match called_for.pop(key_of(one.cause), None):
            case None:
                found.resolved.append(one.id)
            case again if not one.has_text_of(again):
                found.reworded[one.id] = again
            case _:
                pass
    found.raised = list(called_for.values())
    return found
