"""A password comes from a file that others cannot read; what will not do is said with its remedy."""

from pathlib import Path

import pytest

from services.kit.settings import Settings
from services.kit.start_error import StartError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "nats_password"
    file.write_text("a/password:of@24_letters\n")
    file.chmod(0o400)
    return file


def settings(url: str, file: Path) -> Settings:
    return Settings.model_validate({"nats_url": url, "nats_password_file": file})


@pytest.mark.requirement("R-SEC-2")
def test_the_password_of_a_file_goes_behind_the_user_and_is_never_shown(file: Path) -> None:
    found = settings("nats://work@broker:4222", file)
    assert found.nats_url.get_secret_value() == "nats://work:a%2Fpassword%3Aof%4024_letters@broker:4222"
    assert "password:of" not in f"{found!r}{found}"


@pytest.mark.requirement("R-SEC-3")
@pytest.mark.parametrize(
    ("mode", "content", "url", "message"),
    [
        (0o404, "x" * 24, "nats://work@broker", r"everybody on this machine may open .*: `chmod 600 .*`"),
        (0o402, "x" * 24, "nats://work@broker", r"everybody on this machine"),
        (0o400, " \n", "nats://work@broker", r"is empty: write the password into it"),
        (0o400, None, "nats://work@broker", r"cannot be read \(No such file or directory\): make it"),
        (0o400, "x" * 24, "nats://broker", r"DATAOPS_NATS_URL: name the user and no password"),
        (0o400, "x" * 24, "nats://work:other@broker", r"DATAOPS_NATS_URL: name the user and no password"),
        (0o400, "x" * 24, "", r"DATAOPS_NATS_URL: name the user and no password"),
    ],
)
def test_what_will_not_do_is_refused_with_cause_and_remedy(
    file: Path, mode: int, content: str | None, url: str, message: str
) -> None:
    file.chmod(0o600)
    file.unlink() if content is None else file.write_text(content)
    if content is not None:
        file.chmod(mode)
    with pytest.raises(StartError, match=message) as refusal:
        settings(url, file)
    assert "x" * 24 not in str(refusal.value)
