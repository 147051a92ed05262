"""Identifiers and prose keep to `docs/glossary.md`: a word that was replaced does not come back."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EVERYWHERE = frozenset(
    [
        "tell",
        "tells",
        "told",
        "untold",
        "telling",
        "say",
        "hear",
        "hears",
        "heard",
        "bury",
        "buried",
        "unburied",
        "obey",
        "obeys",
        "heed",
        "reigns",
        "whoever",
        "settled",
        "evidence",
        "gate",
        "gates",
        "gated",
        "firing",
        "firings",
    ]
)
IN_PRODUCT = EVERYWHERE | frozenset(["said", "says", "noted", "moved", "alert", "alerts", "occurrence", "occurrences"])
"""Tests also name Prometheus alerts, moved tasks and texts that were said; the product does not."""

IN_PROSE = re.compile(r"\bwhoever\b", re.IGNORECASE)
WRITTEN = [
    *(path for name in ("contracts", "services", "tests", "docs") for path in sorted((ROOT / name).rglob("*.*"))),
    *(ROOT / name for name in ("README.md", "CHANGELOG.md")),
]

ALLOWED = {
    "Occurrence": "title of a schema in the OpenAPI and AsyncAPI documents, which clients know",
    "ahead_told_at": "a stored field of `ticks`",
    "told": "a stored field of the schedulers' `progress`",
    "_show_moved": "shows the form after a row of it was moved",
}


def names_of(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Each name that the module binds, with its line: functions, classes, arguments, variables, attributes."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name, node.lineno
            case ast.arg():
                yield node.arg, node.lineno
            case ast.Name(ctx=ast.Store()):
                yield node.id, node.lineno
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr, node.lineno
            case _:
                pass


def words_of(name: str) -> set[str]:
    """The lower-case words of a name, in snake case or in camel case."""
    spaced = "".join(f"_{letter}" if letter.isupper() and not name.isupper() else letter for letter in name)
    return {word.lower() for word in spaced.split("_") if word}


def retired_names(directory: str, retired: frozenset[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in sorted((ROOT / directory).rglob("*.py"))
        for name, line in names_of(ast.parse(path.read_text(encoding="utf-8")))
        if not name.startswith("test_") and name not in ALLOWED and words_of(name) & retired
    ]


@pytest.mark.parametrize(
    ("directory", "retired"), [("contracts", IN_PRODUCT), ("services", IN_PRODUCT), ("tests", EVERYWHERE)]
)
def test_names_use_no_retired_word(directory: str, retired: frozenset[str]) -> None:
    assert retired_names(directory, retired) == []


def test_prose_uses_no_retired_word() -> None:
    paths = [path for path in WRITTEN if path.suffix in {".py", ".md", ".html", ".yaml"} and path != Path(__file__)]
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    assert [str(path.relative_to(ROOT)) for path, text in texts.items() if IN_PROSE.search(text)] == []


@pytest.mark.parametrize(
    ("text", "found"), [("sent to whoever asks", True), ("Whoever asks", True), ("who ever", False)]
)
def test_retired_word_is_found_in_prose(text: str, *, found: bool) -> None:
    assert bool(IN_PROSE.search(text)) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def tell(client): ...", {"tell"}),
        ("class MissingEvidence: ...", {"missing", "evidence"}),
        ("async def f(told_late): ...", {"told", "late"}),
        ("self._unburied = 1", {"unburied"}),
        ("_TOLD = 1", {"told"}),
    ],
)
def test_words_of_each_kind_of_name_are_found(source: str, found: set[str]) -> None:
    assert found in [words_of(name) for name, _ in names_of(ast.parse(source))]
