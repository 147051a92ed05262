"""Every regular expression in the product's code, found in its syntax, and texts that make bad ones slow."""

import ast
import importlib
import re
import re._constants as codes
import re._parser as parser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
_FUNCTIONS = {"compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
_SAMPLES = {
    codes.CATEGORY_DIGIT: "7",
    codes.CATEGORY_NOT_DIGIT: "x",
    codes.CATEGORY_SPACE: " ",
    codes.CATEGORY_NOT_SPACE: "x",
    codes.CATEGORY_WORD: "w",
    codes.CATEGORY_NOT_WORD: "-",
}
_MOST_STARTS = 24
_MOST_UNITS = 8


@dataclass(frozen=True)
class Found:
    """``pattern`` is None where the code computes it: such a place must be known to the test.

    ``anchored``: only its match or full match at the beginning of a text is ever asked for.
    """

    place: str
    pattern: re.Pattern[str] | None
    anchored: bool


def patterns_in_code() -> list[Found]:
    """Every call of ``re`` and every ``pattern=`` in contracts/ and services/."""
    files = [path for package in ("contracts", "services") for path in sorted((ROOT / package).rglob("*.py"))]
    return [found for path in files for found in _in_file(path)]


def _in_file(path: Path) -> Iterator[Found]:
    text = path.read_text()
    if "re." not in text and "pattern=" not in text:
        return
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    tree = ast.parse(text)
    owners, names = _owners(tree), _names(tree)
    module = importlib.import_module(name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (given := _pattern_of(node)) is not None:
            uses = re.findall(rf"\b{names[node]}\.(\w+)\(", text) if node in names else [getattr(node.func, "attr", "")]
            anchored = bool(uses) and {*uses} <= {"fullmatch", "match"}
            yield Found(f"{name}:{owners.get(node, '')}", _evaluated(given, node, module), anchored)


def _owners(tree: ast.Module) -> dict[ast.AST, str]:
    """The name of the function in which a node stands."""
    owners: dict[ast.AST, str] = {}
    nodes: list[tuple[ast.AST, str]] = [(tree, "")]
    while nodes:
        node, owner = nodes.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            owner = node.name
        owners[node] = owner
        nodes += [(inner, owner) for inner in ast.iter_child_nodes(node)]
    return owners


def _names(tree: ast.Module) -> dict[ast.AST, str]:
    """The constant to which a compiled pattern is given, by the call that compiles it."""
    given = [node for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)]
    return {node.value: node.targets[0].id for node in given if isinstance(node.targets[0], ast.Name)}


def _pattern_of(call: ast.Call) -> ast.expr | None:
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id == "re":
        return call.args[0] if call.func.attr in _FUNCTIONS else None
    return next((keyword.value for keyword in call.keywords if keyword.arg == "pattern"), None)


def _evaluated(given: ast.expr, call: ast.Call, module: ModuleType) -> re.Pattern[str] | None:
    try:
        value = _value(given, module)
        flags = [_value(one, module) for one in (*call.args, *(keyword.value for keyword in call.keywords))]
    except NameError:
        flags = None
        try:
            value = _value(given, module)
        except NameError:
            return None
    flag = next((one for one in flags or () if isinstance(one, re.RegexFlag)), re.NOFLAG)
    return re.compile(value, flag) if isinstance(value, str) else None


def _value(node: ast.expr, module: ModuleType) -> Any:
    return eval(compile(ast.Expression(node), module.__name__, "eval"), vars(module))


def hard_texts(pattern: re.Pattern[str], cues: tuple[str, ...] = ()) -> Iterator[tuple[str, str, str]]:
    """Beginning, unit to repeat, and end: what the pattern repeats, from each of its literals on."""
    literals, samples = set[str](), set[str]()
    _collect(parser.parse(pattern.pattern, pattern.flags), literals, samples)
    starts = [*cues, *sorted(literals, key=lambda one: (-len(one), one))][: max(len(cues), _MOST_STARTS)]
    units = ["a", "7", " ", *sorted(samples - {"a", "7", " "})][:_MOST_UNITS]
    for unit in units:
        yield "", unit, "\0"
    for start in starts:
        yield "", start, "\0"
        for unit in units:
            yield start, unit, "\0"
            yield "", start + unit, "\0"


def _collect(tree: Any, literals: set[str], samples: set[str]) -> None:
    run = ""
    for code, value in [*tree, (None, None)]:
        if code is codes.LITERAL:
            run += chr(value)
            continue
        if run:
            literals.add(run)
            samples.add(run[-1])
        run = ""
        if code is codes.IN:
            samples.update(_samples(value))
        elif code is codes.NOT_LITERAL:
            samples.add("a" if value != ord("a") else "b")
        for inner in _inner(code, value):
            _collect(inner, literals, samples)


def _samples(members: list[Any]) -> Iterator[str]:
    for code, value in members:
        if code is codes.LITERAL:
            yield chr(value)
        elif code is codes.RANGE:
            yield chr(value[0])
        elif code is codes.CATEGORY:
            yield _SAMPLES[value]


def _inner(code: Any, value: Any) -> Iterator[Any]:
    for part in value if isinstance(value, tuple | list) else ():
        if isinstance(part, parser.SubPattern):
            yield part
        elif isinstance(part, list):
            yield from (one for one in part if isinstance(one, parser.SubPattern))
    if isinstance(value, parser.SubPattern):
        yield value
