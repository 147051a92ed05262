"""Refusals are raised: one place encodes them as replies, and one place reads them from replies."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVICES = Path(__file__).parents[2] / "services"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def named(node: ast.AST | None) -> set[str]:
    """Every name in an expression, in quoted annotations too."""
    if node is None:
        return set()
    names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    quoted = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return names.union(*(text.replace("|", " ").replace("[", " ").replace("]", " ").split() for text in quoted))


def returning_refusals(source: str) -> Iterator[str]:
    """Functions that say that they return a Refusal, or whose return statement holds one or an exception's."""
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, FUNCTIONS):
            continue
        returned = [one.value for one in ast.walk(function) if isinstance(one, ast.Return)]
        made = any(isinstance(one, ast.Call) and ast.unparse(one.func) == "Refusal" for one in returned)
        taken = any(isinstance(one, ast.Attribute) and one.attr == "refusal" for one in returned)
        if "Refusal" in named(function.returns) or made or taken:
            yield function.name


def comparing_refusals(source: str) -> Iterator[int]:
    """Lines that ask whether something is a Refusal."""
    for call in ast.walk(ast.parse(source)):
        is_question = isinstance(call, ast.Call) and ast.unparse(call.func) == "isinstance"
        if is_question and "Refusal" in named(call.args[1]):
            yield call.lineno


def test_no_function_of_services_returns_a_refusal() -> None:
    found = {path: list(returning_refusals(path.read_text())) for path in SERVICES.rglob("*.py")}
    assert {str(path): names for path, names in found.items() if names} == {}


def test_no_code_of_services_asks_whether_a_reply_is_one() -> None:
    found = {str(path): list(comparing_refusals(path.read_text())) for path in SERVICES.rglob("*.py")}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "source",
    [
        "def close(task) -> Task | Refusal: ...",
        "async def close(task) -> 'Task | Refusal': ...",
        "def close(task):\n    return Refusal(code='conflict')",
        "def close(task):\n    try:\n        save()\n    except Refused as error:\n        return error.refusal",
    ],
)
def test_returning_refusals_finds_each_form(source: str) -> None:
    assert list(returning_refusals(source)) == ["close"]
