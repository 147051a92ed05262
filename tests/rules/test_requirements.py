"""Each requirement that is built has a test, and each mark on a test names one."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parents[1]
DOCUMENT = TESTS.parent / "docs" / "requirements.md"
LATER = "\n## Not built yet\n"


def requirement_ids(text: str) -> list[str]:
    """IDs of the list items of a text, in the order of the text."""
    return re.findall(r"^- \*\*(.+?)\*\* ", text, re.MULTILINE)


def built_and_later() -> tuple[list[str], list[str]]:
    """IDs of what is built and of what is not built yet."""
    built, later = DOCUMENT.read_text().split(LATER)
    return requirement_ids(built), requirement_ids(later)


def marks_in(tree: ast.Module) -> Iterator[str]:
    """What each ``pytest.mark.requirement`` of a module names; its source text where that is not a literal ID."""
    calls = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "requirement":
            match calls.get(id(node)):
                case ast.Call(args=[ast.Constant(value=str(name))], keywords=[]):
                    yield name
                case other:
                    yield ast.unparse(other or node)


@cache
def marks() -> dict[str, set[str]]:
    """Test files by what their marks name."""
    found: dict[str, set[str]] = {}
    for path in sorted(TESTS.rglob("*.py")):
        for name in marks_in(ast.parse(path.read_text())):
            found.setdefault(name, set()).add(str(path.relative_to(TESTS)))
    return found


def test_marks_in_finds_every_form_of_a_mark() -> None:
    text = """
pytestmark = [pytest.mark.requirement("R-A-1"), pytest.mark.soak]
cases = [pytest.param(1, marks=pytest.mark.requirement("R-A-2"))]
@pytest.mark.requirement("R-A-3")
@pytest.mark.requirement(NAME)
@pytest.mark.requirement
async def test_it(): assert "R-A-4"
"""
    named = {"R-A-1", "R-A-2", "R-A-3", "pytest.mark.requirement(NAME)", "pytest.mark.requirement"}
    assert set(marks_in(ast.parse(text))) == named


def test_requirements_are_sorted_and_named_once() -> None:
    built, later = built_and_later()
    for ids in (built, later):
        assert ids == sorted(ids, key=lambda one: (one.rsplit("-", 1)[0], int(one.rsplit("-", 1)[1])))
    assert len({*built, *later}) == len(built) + len(later) > 0


def test_each_built_requirement_has_a_test() -> None:
    built, _ = built_and_later()
    assert [one for one in built if one not in marks()] == []


def test_each_mark_names_a_built_requirement() -> None:
    built, _ = built_and_later()
    assert {name: files for name, files in marks().items() if name not in built} == {}
