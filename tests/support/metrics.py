"""Scraped metrics and the rules of alerts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = DEPLOY / "prometheus/alerts.yml"


def alert_expressions() -> list[str]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


def parts(node: Any) -> Iterator[Any]:
    """Every node of an expression's tree."""
    yield node
    below = [getattr(node, name, None) for name in ("expr", "lhs", "rhs", "vector_selector")]
    for child in (*below, *getattr(node, "args", ())):
        if child is not None:
            yield from parts(child)


def selectors(tree: Any) -> list[Any]:
    return [node for node in parts(tree) if isinstance(node, promql_parser.VectorSelector)]


def groupings(tree: Any) -> set[str]:
    modifiers = [node.modifier for node in parts(tree) if isinstance(node, promql_parser.AggregateExpr)]
    return {label for modifier in modifiers if modifier for label in modifier.labels}
