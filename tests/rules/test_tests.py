"""What tests share stands in ``tests/builders.py`` and ``tests/support``, not in one of them."""

import ast
import re
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
_TEST_MODULE = re.compile(r"tests(\.\w+)*\.test_\w+")


def imported_tests(source: str, package: str) -> Iterator[str]:
    """The test modules that a module of this package imports or imports from."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import():
                names = [one.name for one in node.names]
            case ast.ImportFrom(level=level, module=named):
                module = resolve_name("." * level + (named or ""), package)
                names = [module, *(f"{module}.{one.name}" for one in node.names)]
            case _:
                continue
        yield from (name for name in names if _TEST_MODULE.fullmatch(name))


def package_of(path: Path) -> str:
    return ".".join(path.relative_to(TESTS.parent).parent.parts)


def test_no_test_module_is_imported() -> None:
    found = {str(path): list(imported_tests(path.read_text(), package_of(path))) for path in TESTS.rglob("*.py")}
    assert {path: modules for path, modules in found.items() if modules} == {}


@pytest.mark.parametrize(
    "source",
    [
        "from tests.api.test_edge import SAFETY",
        "import tests.api.test_edge as edge",
        "from tests.api import test_edge",
        "from .test_edge import SAFETY",
        "from . import test_edge",
        "from ..api.test_edge import SAFETY",
        "def safety():\n    from tests.api.test_edge import SAFETY\n    return SAFETY",
    ],
)
def test_each_form_of_import_is_found(source: str) -> None:
    assert list(imported_tests(source, "tests.api")) == ["tests.api.test_edge"]
