from zoneinfo import ZoneInfo

import pytest

from services.portal.formatting.words import Words
from tests.builders import NOW, user


@pytest.fixture
def words() -> Words:
    olivia = user("o", "Olivia")
    people = [olivia, user("b", "Ben"), user("g", "Gone", active=False)]
    return Words(zone=ZoneInfo("Europe/Berlin"), now=NOW, viewer=olivia, people=people)
