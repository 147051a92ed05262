"""Settings that cannot be meant: refused before anything starts, in one line that says what to change."""

import os

import pytest

from services.cli.stack.running import load_settings
from services.kit.settings import Settings
from services.kit.start_error import StartError

PASSWORD = "kept-Out-0f-sight"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("DATAOPS_")]:
        monkeypatch.delenv(name)


WRONG = [
    ("DATAOPS_TIMEZNOE", "UTC", "no such setting; did you mean DATAOPS_TIMEZONE"),
    ("DATAOPS_SECURE_COOKIE", "1", "did you mean DATAOPS_SECURE_COOKIES"),
    ("DATAOPS_XYZZY", "1", "no such setting; docs/settings.md"),
    ("DATAOPS_TIMEZONE", "Mars/Base", "unknown timezone 'Mars/Base'"),
    ("DATAOPS_TIMEZONE", "../../etc/passwd", "unknown timezone"),
    ("DATAOPS_TIMEZONE", "localtime", "unknown timezone 'localtime'; use the IANA name of a region"),
    ("DATAOPS_TIMEZONE", "Factory", "unknown timezone 'Factory'"),
    ("DATAOPS_TIMEZONE", "posix/Europe/Berlin", "unknown timezone"),
    ("DATAOPS_TIMEZONE", "right/Europe/Berlin", "unknown timezone"),
    ("DATAOPS_TIMEZONE", "EST5EDT", "unknown timezone 'EST5EDT'"),
    ("DATAOPS_TIMEZONE", "Etc/GMT+5", "unknown timezone"),
    ("DATAOPS_TIMEZONE", "Japan", "'Japan' is not the name of a region; use Asia/Tokyo"),
    ("DATAOPS_TIMEZONE", "europe/berlin", "unknown timezone"),
    ("DATAOPS_TIMEZONE", "Z" * 5_000, "unknown timezone"),
    ("DATAOPS_PORT", "http", "valid integer"),
    ("DATAOPS_PORT", "70000", "less than or equal to 65535"),
    ("DATAOPS_CATCH_UP", "-1", "greater than or equal to 0"),
    ("DATAOPS_UPLOAD_MB", "0", "greater than or equal to 1"),
    ("DATAOPS_MONGO_PREFIX", "$ne", "pattern"),
    ("DATAOPS_SECURE_COOKIES", "maybe", "valid boolean"),
    ("DATAOPS_CLOCK", "noon", "valid datetime"),
    ("DATAOPS_ALLOWED_HOSTS", "https://ops.example.org", "without scheme"),
    ("DATAOPS_ALLOWED_HOSTS", "a, b", "without scheme, port and spaces"),
    ("DATAOPS_TRUSTED_PROXIES", "*", "'\\*' does not appear to be an IPv4 or IPv6 network; give addresses"),
    ("DATAOPS_TRUSTED_PROXIES", "10.0.0.7,proxy", "'proxy' does not appear"),
    ("DATAOPS_TRUSTED_PROXIES", "10.0.0.7, 10.0.0.8", "' 10.0.0.8' does not appear"),
    ("DATAOPS_TRUSTED_PROXIES", "10.0.0.7/8", "has host bits set"),
    ("DATAOPS_NATS_URL", "nats://portal:changeme@broker:4222", "too weak"),
    ("DATAOPS_NATS_URL", f"nats://portal:{'a' * 40}@broker:4222", "too weak"),
    ("DATAOPS_NATS_URL", "nats://[", "no URL"),
    ("DATAOPS_MONGO_URL", "mongodb://work:@database:27017/", "too weak"),
    ("DATAOPS_MONGO_URL", "mongodb://work:password@one:27017,two:27017/?replicaSet=rs0", "too weak"),
]


@pytest.mark.requirement("R-SEC-3")
@pytest.mark.parametrize(
    ("variable", "value", "message"), [pytest.param(*wrong, id=f"S: {wrong[0]} {wrong[1]}"[:80]) for wrong in WRONG]
)
def test_a_setting_that_cannot_be_meant_is_named(
    variable: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(StartError, match=message) as caught:
        load_settings()
    text = str(caught.value)
    assert (text.startswith(f"{variable}: "), "\n" in text) == (True, False), text
    assert "changeme" not in text
    assert "password@" not in text


def test_settings_that_are_meant_are_taken_and_keep_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAOPS_NATS_URL", f"nats://portal:{PASSWORD}@broker:4222")
    monkeypatch.setenv("DATAOPS_ALLOWED_HOSTS", "ops.example.org,intra")
    settings = load_settings()
    assert settings.nats_url.get_secret_value().endswith("@broker:4222")
    for shown in (repr(settings), str(settings), settings.model_dump_json(), str(settings.model_dump())):
        assert PASSWORD not in shown


def test_every_field_has_the_variable_that_sets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"DATAOPS_CATCH_UP": "3", "DATAOPS_PORT": "81", "EXPORT_OUTPUT_DIR": "/x", "DATAOPS_UPLOAD_MB": "7"}
    assert values.keys() <= set(Settings.variables().values())
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert (settings.catch_up_days, settings.portal_port, settings.upload_mb) == (3, 81, 7)
