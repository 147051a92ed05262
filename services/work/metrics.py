"""What Prometheus learns of windows: how many, how late, how long they took, and how many wait."""

import datetime as dt
from collections import Counter as Tally
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import product

from nats.js import JetStreamContext
from prometheus_client import Counter, Histogram, Metric
from prometheus_client.core import GaugeMetricFamily

from contracts.values import Outcome, Trigger
from services.kit.clock import Clock
from services.work.generation.deciding import EXPLICIT
from services.work.generation.generator import Handled
from services.work.generation.ledger import Ledger
from services.work.generation.records import Asked
from services.work.generation.unexplained import Unexplained
from services.work.home.store import HomeView
from services.work.streams import CONSUMER, WINDOWS

_HANDLED = Counter("dataops_windows", "Windows handled", ["outcome", "trigger"])
_OUTCOMES = (
    *(outcome.value for outcome in Outcome if outcome is not Outcome.MISSED),
    "repeated",
    "not-scheduled",
    "error",
)
for _labels in product(_OUTCOMES, Trigger):
    _HANDLED.labels(*_labels)  # a series that begins with its first event would hide that event from increase()
_LAG = Histogram(
    "dataops_window_lag_seconds",
    "From the opening of a window until what it makes is durable; only of windows that nobody asked for",
    ["trigger"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600, 86_400),
)
_BATCH = Histogram(
    "dataops_window_batch_seconds",
    "Handling of a batch of windows, until it is durable",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


def count(asked: Sequence[Asked], results: Sequence[Handled], *, took: float, now: dt.datetime) -> None:
    """``took`` is in seconds. ``now`` is the instant at which ``results`` were durable."""
    _BATCH.observe(took)
    for (outcome, trigger), number in Tally(
        (_outcome(handled), one.trigger.value) for one, handled in zip(asked, results, strict=True)
    ).items():
        _HANDLED.labels(outcome, trigger).inc(number)
    lags = {trigger: _LAG.labels(trigger.value) for trigger in {one.trigger for one in asked} - EXPLICIT}
    for one, handled in zip(asked, results, strict=True):
        if handled.is_new and handled.opened_at and one.trigger in lags:
            lags[one.trigger].observe(max((now - handled.opened_at).total_seconds(), 0.0))


def _outcome(handled: Handled) -> str:
    if handled.unexpected:
        return "error"
    if handled.repeated:
        return "repeated"
    return handled.outcome.value if handled.outcome else "not-scheduled"


def sampler(
    stream: JetStreamContext, ledger: Ledger, home: HomeView, unexplained: Unexplained, clock: Clock
) -> Callable[[], Awaitable[Iterable[Metric]]]:
    async def sample() -> Iterable[Metric]:
        consumer = await stream.consumer_info(WINDOWS, CONSUMER)
        tick = await home.last_tick()
        figures: list[tuple[str, str, float | None]] = [
            ("dataops_windows_pending", "Windows that wait in the stream", consumer.num_pending),
            ("dataops_windows_unacknowledged", "Windows delivered and not settled yet", consumer.num_ack_pending),
            ("dataops_failures_open", "Failures on Home, one a schedule and cause", len(await ledger.failures())),
        ]
        figures.append(
            (
                "dataops_unexplained_dates",
                "Dates that opened and have neither a ledger entry nor a message under way",
                await unexplained.count(clock.now()),
            )
        )
        checked_at = (await unexplained.search()).completed_at
        if checked_at is not None:
            age = (clock.wall() - checked_at).total_seconds()
            figures.append(("dataops_dates_checked_age_seconds", "Since all dates were last checked", age))
        if tick is not None:
            age = (clock.wall() - tick).total_seconds()
            figures.append(("dataops_tick_age_seconds", "Since a scheduler last told a minute", age))
        return [GaugeMetricFamily(name, meaning, value=value) for name, meaning, value in figures]

    return sample
