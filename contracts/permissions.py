"""What each user of the broker may publish and hear in a deployment that asks for passwords, and no more.

Derived from the table of subjects, but for who asks which question: a test compares that with the code.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from contracts import subjects
from contracts.subjects import EVENTS, REQUESTS, WINDOW_DUE, Request
from contracts.values import Service, inbox_of

_WINDOWS, _WORKERS = "WINDOWS", "work"
"""The stream of windows, and the one durable consumer that all workers share."""
_STREAMS = (_WINDOWS, "DEAD_LETTERS", "ADVISORIES")
_HEALTH = "dataops.health"
_INBOXES = "_INBOX"


class User(StrEnum):
    """The services by their own names, and the engineer with the command line."""

    SCHEDULER = "scheduler"
    WORK = "work"
    NOTIFIER = "notifier"
    PORTAL = "portal"
    OPS = "ops"


@dataclass(frozen=True)
class Grants:
    """Subjects with wildcards. What is ``withheld`` may not be published although a wildcard covers it."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    withheld: tuple[str, ...] = ()


_ONLY_COMMAND_LINE = (subjects.IMPORT_WORK, subjects.IMPORT_NOTIFICATIONS)
_OF_SCHEDULER = (
    *(subjects.SCHEDULE_FEED, subjects.FIND_OUTCOMES),
    *(subjects.COUNT_MADE_AHEAD, subjects.REPORT_INCIDENT),
)
_ONLY_SERVICES = (
    *_OF_SCHEDULER,
    *(subjects.HISTORY_FEED, subjects.LIST_ATTENTION, subjects.FIND_TODO, subjects.FIND_EXPORTED),
)
ASKS: dict[User, tuple[Request[Any, Any], ...]] = {
    User.SCHEDULER: _OF_SCHEDULER,
    User.WORK: (),
    User.NOTIFIER: (
        *(subjects.HISTORY_FEED, subjects.LIST_ATTENTION, subjects.LIST_FAILURES),
        *(subjects.FIND_TODO, subjects.FIND_EXPORTED),
    ),
    User.PORTAL: (
        *(one for one in REQUESTS if one not in (*_ONLY_COMMAND_LINE, *_ONLY_SERVICES)),
        subjects.SCHEDULE_FEED,
    ),
    User.OPS: tuple(REQUESTS),
}

_SUBSCRIBED_EVENTS = {
    User.SCHEDULER: (),
    User.WORK: (subjects.CLOCK_MINUTE,),
    User.NOTIFIER: (
        *(subjects.WINDOWS_FINISHED, subjects.TASK_CHANGED, subjects.BUNDLE_CHANGED),
        *(subjects.SCHEDULE_CHANGED, subjects.CLOCK_MINUTE),
    ),
    User.PORTAL: (
        *(subjects.WINDOWS_FINISHED, subjects.TASK_CHANGED, subjects.BUNDLE_CHANGED),
        *(subjects.SCHEDULE_CHANGED, subjects.NOTIFICATION_RAISED),
    ),
    User.OPS: EVENTS,
}

_JETSTREAM = {
    User.WORK: (
        *(f"$JS.API.STREAM.{verb}.{stream}" for stream in _STREAMS for verb in ("INFO", "CREATE", "UPDATE")),
        f"$JS.API.CONSUMER.DURABLE.CREATE.{_WINDOWS}.{_WORKERS}",
        f"$JS.API.CONSUMER.INFO.{_WINDOWS}.{_WORKERS}",
        f"$JS.API.CONSUMER.MSG.NEXT.{_WINDOWS}.{_WORKERS}",
        f"$JS.ACK.{_WINDOWS}.{_WORKERS}.>",
    ),
    # Reads streams, also through consumers of its own; the workers' one is withheld.
    User.OPS: (
        *("$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST", "$JS.API.STREAM.INFO.*"),
        *("$JS.API.STREAM.MSG.GET.*", "$JS.API.DIRECT.GET.>"),
        *("$JS.API.CONSUMER.NAMES.*", "$JS.API.CONSUMER.LIST.*", "$JS.API.CONSUMER.INFO.*.*"),
        *("$JS.API.CONSUMER.CREATE.*.>", "$JS.API.CONSUMER.MSG.NEXT.*.*", "$JS.API.CONSUMER.DELETE.*.*"),
    ),
}
_WORKERS_CONSUMER = f"{_WINDOWS}.{_WORKERS}"
_WITHHELD = {
    User.OPS: (
        *(f"$JS.API.CONSUMER.{verb}.{_WORKERS_CONSUMER}" for verb in ("CREATE", "DELETE", "MSG.NEXT")),
        f"$JS.API.CONSUMER.CREATE.{_WORKERS_CONSUMER}.>",
    )
}


def grants_of(user: User) -> Grants:
    """Replies go to inboxes; each service has its own, so that no other service can read along."""
    service = None if user is User.OPS else Service(user)
    owned = [one.subject for one in REQUESTS if one.owner is service]
    published = [one.subject for one in EVENTS if one.sender is service]
    if user in (User.WORK, User.OPS):  # a failed window is tried again by publishing it
        published.append(WINDOW_DUE.subject)
    asked = [one.subject for one in ASKS[user]]
    publish = [*published, *asked, *_JETSTREAM.get(user, ()), *_health_asked(user)]
    subscribe = [*owned, *(one.subject for one in _SUBSCRIBED_EVENTS[user])]
    if service is None:
        return Grants(_sorted(publish), _sorted([*subscribe, f"{_INBOXES}.>"]), _WITHHELD[user])
    subscribe += [f"{_HEALTH}.{user}", f"{_HEALTH}.{user}.>", f"{inbox_of(service)}.>"]
    return Grants(_sorted([*publish, f"{_INBOXES}.>"]), _sorted(subscribe))


def _health_asked(user: User) -> list[str]:
    if user is User.OPS:
        return [f"{_HEALTH}.>"]
    return [f"{_HEALTH}.{user}.>", *([f"{_HEALTH}.work"] if user is User.PORTAL else [])]


def _sorted(subjects: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(subjects)))
