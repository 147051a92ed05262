"""What became of several tasks that were changed at once, as the page shows it that the change leads to."""

from contracts.values import Instant, Model


class Result(Model):
    """What became of one task; ``problem`` None: it was changed."""

    task_id: str
    description: str
    problem: str | None


class Bulk(Model):
    """``back`` is the list in which the tasks were picked."""

    id: str
    at: Instant
    did: str
    results: list[Result]
    back: str

    @property
    def changed(self) -> int:
        return sum(one.problem is None for one in self.results)
