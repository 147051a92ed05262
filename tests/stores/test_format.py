"""The mark that keeps an older DataOps away from what a newer one wrote."""

import pytest

from services.kit.mongo import connection
from services.kit.settings import Settings
from services.kit.start_error import StartError


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(settings: Settings) -> None:
    async with connection.connect(settings, "work") as database:
        assert (await database["format"].find_one({}))["version"] == 1
        await database["format"].update_one({"_id": "format"}, {"$set": {"version": 2}})
    with pytest.raises(StartError, match=r"was written by a newer DataOps \(format 2, this one knows 1\): start that"):
        async with connection.connect(settings, "work"):
            pass
    async with connection.connect(settings, "notifier") as other:
        assert (await other["format"].find_one({}))["version"] == 1
        assert (await other.client.get_database(database.name)["format"].find_one({}))["version"] == 2
