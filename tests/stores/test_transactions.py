"""What may be tried again: a transaction that met another one, wherever the two met, and a write nobody confirmed."""

import datetime as dt
from typing import Any

import pytest
from pymongo import WriteConcern
from pymongo.client_session import ClientSession
from pymongo.errors import OperationFailure

from contracts.subjects import DELETE_TASK, TASK_CHANGED, Event, Nothing
from contracts.tasks import DeleteTask
from services.kit import deadlines
from services.kit.clock import Clock
from services.kit.mongo.driver import BulkWriteError, Database, Session, UpdateOne
from services.kit.mongo.transactions import in_transaction
from services.kit.mongo.writing import insert_each, is_transient, update_each
from services.kit.refused import Refused, conflict
from services.work.committing import Committer
from services.work.history.store import History


@pytest.mark.requirement("R-REL-4")
async def test_a_conflict_at_the_commit_is_tried_again_and_written_once(
    database: Database, conflicts: list[str]
) -> None:
    async def work(session: Session) -> str:
        await database.tasks.insert_one({"_id": "one"}, session=session)
        return "written"

    assert await in_transaction(database, work) == "written"
    assert conflicts == ["commitTransaction"]
    assert await database.tasks.count_documents({}) == 1


@pytest.mark.requirement("R-REL-4")
def test_a_read_that_outlived_its_time_may_be_tried_again_and_a_wrong_one_may_not() -> None:
    assert is_transient(OperationFailure("exceeded 'transactionLifetimeLimitSeconds'", 290))
    assert not is_transient(OperationFailure("unknown operator", 2))


@pytest.mark.requirement("R-REL-4")
async def test_writes_that_no_majority_confirmed_may_be_tried_again_unless_one_of_them_is_wrong(
    database: Database,
) -> None:
    unconfirmed = database.tasks.with_options(write_concern=WriteConcern(w=2))  # there is one member
    for documents in ([{"_id": "one"}, {"_id": "two"}], [{"_id": "one"}, {"_id": "three"}]):
        with pytest.raises(BulkWriteError) as raised:
            await insert_each(unconfirmed, documents)
        assert is_transient(raised.value)

    with pytest.raises(BulkWriteError) as raised:
        await update_each(unconfirmed, [UpdateOne({}, {"$set": {"_id": "another"}})])
    assert not is_transient(raised.value)


@pytest.mark.requirement("R-REL-4")
async def test_transaction_behind_dead_writer_pauses_until_its_deadline(database: Database) -> None:
    await database.tasks.insert_one({"_id": "held", "n": 0})
    tries: list[int] = []

    async def work(session: Session) -> None:
        tries.append(1)
        await database.tasks.update_one({"_id": "held"}, {"$inc": {"n": 1}}, session=session)

    async with await database.client.start_session() as dead:
        dead.start_transaction()
        await database.tasks.update_one({"_id": "held"}, {"$inc": {"n": 100}}, session=dead)
        deadline = Clock.wall() + dt.timedelta(seconds=1)
        with deadlines.kept(deadlines.header_of(deadline)), pytest.raises(deadlines.DeadlinePassed):
            await in_transaction(database, work)
        assert 2 < len(tries) < 60, "without pauses it is tried hundreds of times a second"
    assert (await database.tasks.find_one({"_id": "held"}))["n"] == 0
    await in_transaction(database, work)
    assert (await database.tasks.find_one({"_id": "held"}))["n"] == 1


@pytest.mark.requirement("R-REL-4")
async def test_deadline_that_passes_during_the_work_writes_nothing(database: Database) -> None:
    async def slow(session: Session) -> None:
        await database.tasks.insert_one({"_id": "late"}, session=session)
        while (deadlines.seconds_left() or 0) > 0:
            await database.tasks.find_one({"_id": "late"}, session=session)

    soon = deadlines.header_of(Clock.wall() + dt.timedelta(milliseconds=200))
    with deadlines.kept(soon), pytest.raises(deadlines.DeadlinePassed):
        await in_transaction(database, slow)
    assert await database.tasks.count_documents({}) == 0


@pytest.mark.requirement("R-REL-4")
async def test_commit_of_unknown_outcome_is_sent_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    finish, sent = ClientSession._finish_transaction_with_retry, list[str]()

    def first_answer_is_lost(session: ClientSession, command: str) -> Any:
        result = finish(session, command)
        sent.append(command)
        if sent == ["commitTransaction"]:
            raise OperationFailure("lost", 91, {"errorLabels": ["UnknownTransactionCommitResult"]})
        return result

    async def work(session: Session) -> str:
        await database.tasks.insert_one({"_id": "once"}, session=session)
        return "written"

    monkeypatch.setattr(ClientSession, "_finish_transaction_with_retry", first_answer_is_lost)
    assert await in_transaction(database, work) == "written"
    assert sent == ["commitTransaction", "commitTransaction"]
    assert await database.tasks.count_documents({}) == 1


@pytest.mark.requirement("R-REL-4")
async def test_refusal_after_a_write_leaves_nothing_written(database: Database) -> None:
    published: list[str] = []
    tries: list[Session] = []

    async def publish(_: Event, ids: list[str]) -> None:
        published.extend(ids)

    async def write(session: Session) -> Nothing:
        tries.append(session)
        await database.tasks.insert_one({"_id": "one"}, session=session)
        raise conflict("Not now")

    committer, command = Committer(History(database), publish), DeleteTask(id="one", key="k1")
    with pytest.raises(Refused, match="Not now"):
        await committer.commit(DELETE_TASK, command, write, TASK_CHANGED, "one")
    assert (len(tries), published) == (1, []), "it is not tried again"
    assert [await database[name].count_documents({}) for name in ("tasks", "history", "commands")] == [0, 0, 0]
