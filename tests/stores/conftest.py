"""Stores of work on a real MongoDB, each test in a database of its own."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from pymongo.client_session import ClientSession
from pymongo.errors import OperationFailure

from services.kit.mongo import connection
from services.kit.mongo.driver import Database
from services.kit.settings import Settings


@pytest.fixture
async def database(settings: Settings) -> AsyncGenerator[Database]:
    async with connection.connect(settings, "work") as database:
        yield database


@pytest.fixture
def conflicts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The first transaction meets another one when it commits; what failed so is in the list then."""
    finish, conflicts = ClientSession._finish_transaction_with_retry, list[str]()

    def first_commit_conflicts(session: ClientSession, command: str) -> Any:
        if command == "commitTransaction" and not conflicts:
            conflicts.append(command)
            finish(session, "abortTransaction")
            raise OperationFailure("conflict", 112, {"errorLabels": ["TransientTransactionError"]})
        return finish(session, command)

    monkeypatch.setattr(ClientSession, "_finish_transaction_with_retry", first_commit_conflicts)
    return conflicts
