"""What redaction costs and finds: ``python -m benchmarks.redaction``.

Microseconds a line on ordinary text, of this tree and of another revision (``--against REV``, cloned into a temporary
folder), by turns; the growth factor of each rule from 1 000 to 4 000 characters of what its cues make hardest; recall
on the made-up secrets of the tests (each set says what was found of it when nobody had looked at it), and harmless
lines touched. ``--json`` gives one line.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from services.kit.redaction.rules import RULES, Rule
from services.kit.redaction.text import redact
from tests.rules.benign_corpus import BENIGN_LINES
from tests.rules.drawn_shapes import FIRST_DRAWN, SECOND_DRAWN
from tests.rules.growth import growth
from tests.rules.patterns import hard_texts
from tests.rules.secret_shapes import DOCUMENTED, HELD_OUT, ONCE_HELD_OUT, SEEN

_ROOT = Path(__file__).parents[1]
_ROUNDS = 15
_LINEAR = 4.1
_MEASURE = """
import json, sys, time
from services.kit.redaction.text import redact
lines = json.load(sys.stdin)
began = time.process_time()
for line in lines:
    redact(line)
print((time.process_time() - began) / len(lines) * 1e6)
"""
"""Every line is new, so that none is answered from the cache."""

ORDINARY = (
    "Prepare the newsletter of week {n} and send it to Grace for review",
    "Publish podcast episode {n} on Spotify, Apple Podcasts and YouTube",
    "recurring:3f0e2b1c-9d1e-4c57-8a55-1f0e2b1c{n:04d}:2028-02-02",
    "window.generated {n} tasks in 14.2 ms",
    "Sponsor confirmed by mail on 2 Feb, invoice {n} is paid; slides come on Friday",
    "https://docs.example.org/document/d/1A2b3C4d5E6f7G8h9I0jKlMnOpQr{n}/edit",
    "GET /tasks/3f0e2b1c-9d1e-4c57-8a55-1f0e2b1c{n:04d} 200",
    "Ask the speaker for a short biography, a photo and the title of talk {n}",
    "[2028-02-02 09:00] Uploaded the recording; chapters are still missing ({n})",
    "0 9 * * {n}",
    "Zoomcamp cohort {n}: check homework, update the leaderboard, announce the deadline",
    "operator-{n}@example.org completed the task",
    "see https://github.com/example/ops/issues/{n} and the notes in the folder",
    "Rechnung Nr. {n} an die Buchhaltung schicken, Frist: 14 Tage",
    "late: 3 days, missing proof: LinkedIn URL, run {n}",
    "todo",
)


def ordinary_lines(rounds: int) -> list[str]:
    return [line.format(n=number) for number in range(rounds) for line in ORDINARY]


def microseconds(tree: Path, lines: str) -> float:
    """Of one line, by the code in ``tree``, in a process of its own."""
    command = [sys.executable, "-c", _MEASURE]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True, cwd=tree)
    return float(done.stdout)


def cost(against: str | None) -> dict[str, float]:
    """The least of several rounds by turns."""
    lines = json.dumps(ordinary_lines(1_000))
    with tempfile.TemporaryDirectory() as directory:
        trees = {"now": _ROOT}
        if against:
            trees["before"] = Path(directory, "before")
            subprocess.run(["git", "clone", "-q", "-s", "-n", _ROOT, trees["before"]], check=True)
            subprocess.run(["git", "checkout", "-q", against], cwd=trees["before"], check=True)
        rounds = [{name: microseconds(tree, lines) for name, tree in trees.items()} for _ in range(_ROUNDS)]
    return {name: round(min(one[name] for one in rounds), 2) for name in trees}


def growth_of_rules() -> dict[str, float]:
    """The largest factor of each rule; below 1 ms at 4 000 characters there is nothing to measure: 0."""
    factors: dict[str, float] = {}
    for rule in RULES:

        def act(text: str, rule: Rule = rule) -> None:
            rule.pattern.sub(rule.replace, text)

        found = {text: growth(act, *text) for text in hard_texts(rule.pattern, rule.cues)}
        worst = max(found, key=found.__getitem__)
        factors[rule.name] = round(max(factors.get(rule.name, 0.0), growth(act, *worst, most=_LINEAR)), 1)
    return factors


def recall(shapes: dict[str, str]) -> tuple[float, list[str]]:
    missed = [name for name, text in shapes.items() if redact(text) == text]
    return round(1 - len(missed) / len(shapes), 4), missed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", metavar="REV", help="a revision to measure by turns with this tree")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    touched = [line for line in BENIGN_LINES if redact(line) != line]
    report = {
        "microseconds_a_line": cost(given.against),
        "growth": growth_of_rules(),
        "recall_seen": recall(SEEN),
        "recall_held_out": recall(HELD_OUT),
        "recall_once_held_out": recall(ONCE_HELD_OUT),
        "recall_documented": recall(DOCUMENTED),
        "recall_drawn_first": recall(FIRST_DRAWN),
        "recall_drawn_second": recall(SECOND_DRAWN),
        "recall": round(recall(SEEN | HELD_OUT)[0], 4),
        "shapes": len(SEEN) + len(HELD_OUT),
        "benign_lines": len(BENIGN_LINES),
        "benign_touched": touched,
    }
    if given.json:
        print(json.dumps(report))
        return
    for name, value in report.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
