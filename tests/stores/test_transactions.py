"""What may be tried again: a transaction that met another one, wherever the two met, and a write nobody confirmed."""

import pytest
from pymongo import WriteConcern
from pymongo.errors import OperationFailure

from services.kit import mongo


@pytest.mark.requirement("R-REL-4")
async def test_a_conflict_at_the_commit_is_tried_again_and_written_once(
    database: mongo.Database, conflicts: list[str]
) -> None:
    async def work(session: mongo.Session) -> str:
        await database.tasks.insert_one({"_id": "one"}, session=session)
        return "written"

    assert await mongo.in_transaction(database, work) == "written"
    assert conflicts == ["commitTransaction"]
    assert await database.tasks.count_documents({}) == 1


@pytest.mark.requirement("R-REL-4")
def test_a_read_that_outlived_its_time_may_be_tried_again_and_a_wrong_one_may_not() -> None:
    assert mongo.is_transient(OperationFailure("exceeded 'transactionLifetimeLimitSeconds'", 290))
    assert not mongo.is_transient(OperationFailure("unknown operator", 2))


@pytest.mark.requirement("R-REL-4")
async def test_writes_that_no_majority_confirmed_may_be_tried_again_unless_one_of_them_is_wrong(
    database: mongo.Database,
) -> None:
    unconfirmed = database.tasks.with_options(write_concern=WriteConcern(w=2))  # there is one member
    for documents in ([{"_id": "one"}, {"_id": "two"}], [{"_id": "one"}, {"_id": "three"}]):
        with pytest.raises(mongo.BulkWriteError) as raised:
            await mongo.insert_each(unconfirmed, documents)
        assert mongo.is_transient(raised.value)

    with pytest.raises(mongo.BulkWriteError) as raised:
        await mongo.update_each(unconfirmed, [mongo.UpdateOne({}, {"$set": {"_id": "another"}})])
    assert not mongo.is_transient(raised.value)
