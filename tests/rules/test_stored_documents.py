"""What is stored is declared: each collection in use has a document type, and each field of it says what it means."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.values import Service
from services.cli.stored_documents import collections, fields_of, indexes

ROOT = Path(__file__).parents[2]
OF_THE_DRIVER = {
    "client",
    "codec_options",
    "command",
    "cursor_command",
    "name",
    "with_options",
    "list_collection_names",
}
DOCUMENTS = [
    pytest.param(service, name, document, id=f"{service}-{name}")
    for service, documents in collections().items()
    for name, document in documents.items()
]


def sources(service: Service) -> Iterator[ast.AST]:
    for path in (ROOT / "services" / service).rglob("*.py"):
        yield ast.parse(path.read_text(encoding="utf-8"))


def collection_of(node: ast.AST) -> str | None:
    """The collection that an expression on a database names."""
    match node:
        case ast.Attribute(value=ast.Name(id="database") | ast.Attribute(attr="_database"), attr=name):
            return None if name in OF_THE_DRIVER else name
        case ast.Subscript(
            value=ast.Name(id="database") | ast.Attribute(attr="_database"), slice=ast.Constant(value=str(name))
        ):
            return name
        case ast.Call(func=ast.Name(id="Index" | "Reading"), args=[ast.Constant(value=str(name)), *_]):
            return name
        case _:
            return None


def typed_collections(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """``(collection, document)`` of each attribute that a store types."""
    for node in ast.walk(tree):
        match node:
            case ast.AnnAssign(
                annotation=ast.Subscript(value=ast.Name(id="AsyncCollection"), slice=ast.Name(id=document)),
                value=ast.expr() as value,
            ) if name := collection_of(value):
                yield name, document
            case _:
                pass


@pytest.mark.parametrize("service", Service)
def test_collection_in_use_has_a_document_type(service: Service) -> None:
    used = {name for tree in sources(service) for node in ast.walk(tree) if (name := collection_of(node))}
    assert used
    assert used - collections()[service].keys() == set()


@pytest.mark.parametrize("service", Service)
def test_document_type_belongs_to_a_collection_in_use(service: Service) -> None:
    typed = {name for tree in sources(service) for name, _ in typed_collections(tree)}
    kept_by_kind = {"recurring", "templates"} if service is Service.WORK else set()
    assert collections()[service].keys() - typed - kept_by_kind == {"format"}


@pytest.mark.parametrize("service", Service)
def test_store_types_a_collection_by_its_document(service: Service) -> None:
    declared = {name: document.__name__ for name, document in collections()[service].items()}
    typed = [pair for tree in sources(service) for pair in typed_collections(tree)]
    assert [(name, document) for name, document in typed if declared[name] != document] == []


@pytest.mark.parametrize(("service", "name", "document"), DOCUMENTS)
def test_stored_field_says_what_it_means(service: Service, name: str, document: type) -> None:
    def silent(one: type) -> list[str]:
        fields = fields_of(one)
        inner = [f"{field.name}.{each}" for field in fields for part in field.parts for each in silent(part)]
        return [field.name for field in fields if not field.meaning] + inner

    assert silent(document) == []


@pytest.mark.parametrize(("service", "name", "document"), DOCUMENTS)
def test_index_is_on_declared_fields(service: Service, name: str, document: type) -> None:
    of_collection = [index for index in indexes(service) if index.collection == name]
    keys = {key.partition(".")[0] for index in of_collection for key, _ in index.directions}
    assert keys - {field.name for field in fields_of(document)} == set()


def test_a_use_of_each_sort_is_found() -> None:
    tree = ast.parse(
        "self._a: AsyncCollection[ADocument] = database.a\n"
        "self._b: AsyncCollection[BDocument] = database['b']\n"
        "Index('c', 'by_age', ('at',))\n"
        "Reading('d', [])\n"
        "self._database['e'].find({})\n"
        "database.command('ping')\n"
    )
    assert {name for node in ast.walk(tree) if (name := collection_of(node))} == {"a", "b", "c", "d", "e"}
    assert list(typed_collections(tree)) == [("a", "ADocument"), ("b", "BDocument")]
