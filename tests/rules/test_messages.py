"""Every sentence for people stands in a catalogue: `messages.py` of its room, or a template."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("services/portal", "services/work", "services/notifier")
CATALOGUES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("messages.py"))

REFUSING = frozenset(["refused", "conflict", "invalid", "invalid_field", "BadInput", "BadTarget", "Unimportable"])
SHOWING = frozenset(["changed", "see_other", "show_message", "make", "made", "refuse", "again", "WindowError", "Why"])
"""Calls whose arguments people read: toasts and notices, rows with a reason, errors of windows, answers to "why"."""

SAID_IN_PLACE = {
    "services/portal/http": "the HTTP API's words for requests that reach no noun",
    "services/portal/openapi": "the words of the OpenAPI document",
}
RETIRED = re.compile(
    r"\b(somebody|nobody|anybody|any more|meanwhile|stands|lies|lay|told|made again|handed out|windows?|bundles?|"
    r"is none|put right|if you like|of the list|gates?|evidence)\b",
    re.IGNORECASE,
)
KEPT_BY_CLIENTS = re.compile(r"bundles?", re.IGNORECASE)
"""What clients of the HTTP API compare messages with."""


def literal(node: ast.expr) -> str:
    """The text of a literal, with ``{}`` for each value in it; empty for other expressions."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr():
            return "".join(literal(part) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        case ast.BinOp(left=left, right=right):
            return literal(left) + literal(right)
        case ast.IfExp(body=body, orelse=other):
            return literal(body) or literal(other)
        case ast.Dict(values=values):
            return next((text for text in map(literal, values) if is_sentence(text)), "")
        case _:
            return ""


def is_sentence(text: str) -> bool:
    """Two words beside each other, or a word beside a value; not an address, a key or one word."""
    return re.search(r"[A-Za-z’']{2,}[,:;]? [a-z’']{2,}|[A-Za-z’']{2,} \{\}|^[A-Z][a-z]+: .*\{\}", text) is not None


def called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def sentences_in_place(source: str) -> Iterator[tuple[int, str]]:
    """Sentences that are handed to a refusal or a notice where they are needed, also by way of a name."""
    tree = ast.parse(source)
    named = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or called(call) not in REFUSING | SHOWING:
            continue
        for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
            value = named.get(argument.id, argument) if isinstance(argument, ast.Name) else argument
            if is_sentence(text := literal(value)):
                yield value.lineno, text


def test_handlers_rules_and_stores_word_no_refusal_or_notice() -> None:
    found: list[str] = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if path in CATALOGUES or any(name.startswith(one) for one in SAID_IN_PLACE):
                continue
            found += [f"{name}:{line}: {text}" for line, text in sentences_in_place(path.read_text())]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        'raise conflict("This task is done; reopen it")',
        'raise invalid_field("until", "must be in the future")',
        'raise BadInput("x", {"version": "is not a number"})',
        'raise refused("conflict", f"No schedule has the id {id}")',
        'message = "Somebody changed it"\nraise conflict(message)',
        'return await rows.changed(row, form, f"Done: {name}.")',
        'return see_other(store, viewer, "/", "Saved. It applies everywhere.")',
        '_FULL = "The comment is full"\ndef f():\n    raise invalid(_FULL)',
    ],
)
def test_sentences_in_place_finds_each_way_to_word_one(source: str) -> None:
    assert list(sentences_in_place(source))


@pytest.mark.parametrize(
    "source",
    [
        'raise conflict(messages.TASK_DONE)',
        'return see_other(store, viewer, f"/tasks/{id}", messages.saved(name))',
        'raise refused("not_found", messages.no_schedule(id), fields={"sourceIds": id})',
        'raise not_found("Recurring config")',
        'raise invalid_field("cronExpression", f"cronExpression: {error}")',
    ],
)  # fmt: skip
def test_sentences_in_place_lets_catalogues_and_addresses_be(source: str) -> None:
    assert list(sentences_in_place(source)) == []


def module_of(catalogue: Path) -> ModuleType:
    return importlib.import_module(".".join(catalogue.relative_to(ROOT).with_suffix("").parts))


def messages_of(catalogue: Path) -> Iterator[tuple[str, str]]:
    """Each message with its name; a function's with ``{}`` for each value."""
    module = module_of(catalogue)
    for name, value in vars(module).items():
        if isinstance(value, str) and name.isupper():
            yield name, value
        elif inspect.isfunction(value) and value.__module__ == module.__name__:
            source = inspect.getsource(value).replace(value.__doc__ or "\0", "")
            yield name, "\n".join(filter(is_sentence, map(literal, strings(source))))


def strings(source: str) -> Iterator[ast.expr]:
    inside: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            inside |= {id(part) for part in ast.walk(node) if part is not node}
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in inside:
            yield node


@pytest.mark.parametrize(
    "catalogue", CATALOGUES, ids=lambda path: path.parent.relative_to(ROOT / "services").as_posix()
)
def test_catalogue_keeps_to_the_words_of_the_glossary(catalogue: Path) -> None:
    worded = dict(messages_of(catalogue))
    assert worded, "a catalogue without messages"
    retired = {name: text for name, text in worded.items() if RETIRED.search(KEPT_BY_CLIENTS.sub("", text))}
    assert retired == {}
    doubled = {name: text for name, text in worded.items() if "  " in text or " ." in text or ".." in text}
    assert doubled == {}


@pytest.mark.parametrize(
    "catalogue", CATALOGUES, ids=lambda path: path.parent.relative_to(ROOT / "services").as_posix()
)
def test_each_message_of_a_catalogue_is_used(catalogue: Path) -> None:
    users = [path.read_text() for path in (ROOT / "services").rglob("*.py") if path != catalogue]
    used = set[str]().union(*(names_used(source, module_of(catalogue).__name__) for source in users))
    own = catalogue.read_text()
    names = [name for name, _ in messages_of(catalogue)]
    assert [name for name in names if name not in used and len(re.findall(rf"\b{name}\b", own)) < 2] == []


def names_used(source: str, catalogue: str) -> set[str]:
    """What a module takes from a catalogue, by name or as ``messages.NAME``."""
    room = catalogue.rpartition(".")[0]
    if room not in source:
        return set()
    tree, aliases, names = ast.parse(source), set[str](), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == catalogue:
            names |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == room:
            aliases |= {one.asname or one.name for one in node.names if one.name == "messages"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            names.add(node.attr)
    return names


def test_names_used_are_those_of_the_catalogue() -> None:
    source = "from a.b import messages as m\nfrom a.c import messages\nfrom a.b.messages import X\nm.Y(messages.Z)"
    assert names_used(source, "a.b.messages") == {"X", "Y"}
