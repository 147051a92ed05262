"""``dataops users add``: the first admin."""

import re

import pytest
from typer.testing import CliRunner, Result

from services.cli.users import users_app
from services.kit.settings import Settings
from services.kit.start_error import StartError


@pytest.fixture
def add(settings: Settings, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("DATAOPS_NATS_URL", settings.nats_url.get_secret_value())
    monkeypatch.setenv("DATAOPS_MONGO_URL", settings.mongo_url.get_secret_value())
    monkeypatch.setenv("DATAOPS_MONGO_PREFIX", settings.mongo_prefix)

    def invoke(*arguments: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(users_app, ["add", *arguments], input=typed)

    return invoke


@pytest.mark.requirement("R-SEC-1")
def test_a_password_is_generated_and_shown_once_or_read_and_not_shown(add) -> None:  # type: ignore[no-untyped-def]
    generated = add("Ada@Example.org", "--name", "Ada", "--role", "admin")
    assert generated.exit_code == 0
    assert re.fullmatch(r"Added admin Ada <ada@example.org>\.\nPassword: [\w-]{20}\n", generated.output)
    read = add("ben@example.org", "--name", "Ben", "--password-stdin", typed="correct horse battery\n")
    assert read.output == "Added operator Ben <ben@example.org>.\n"
    for arguments, typed, words in [
        (("ada@example.org", "--name", "Again"), None, "already"),
        (("c@example.org", "--name", "C", "--password-stdin"), "short\n", "at least 12"),
        (("c@example.org", "--name", "C", "--password-stdin"), "\n", "at least 12"),
        (("c@example.org", "--name", "C", "--password-stdin"), "datatalks2028\n", "The password is a common one"),
    ]:
        refused = add(*arguments, typed=typed)
        assert isinstance(refused.exception, StartError)
        assert words in str(refused.exception)
