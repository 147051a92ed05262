"""Settings of every service, read from the environment (prefix ``DATAOPS_``)."""

import re
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.kit import passwords, zone_data

PREFIX = "DATAOPS_"
REPLICA_SET = "rs0"
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


class Settings(BaseSettings):
    """One set for all services; each reads what concerns it. URLs carry credentials, so they are secrets."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    nats_url: SecretStr = Field(default=SecretStr("nats://127.0.0.1:4222"), description="NATS server with JetStream")
    mongo_url: SecretStr = Field(
        default=SecretStr(f"mongodb://127.0.0.1:27017/?replicaSet={REPLICA_SET}"), description="MongoDB replica set"
    )
    nats_password_file: Path | None = Field(
        default=None, description="file with the password of the user that DATAOPS_NATS_URL names"
    )
    mongo_password_file: Path | None = Field(
        default=None, description="file with the password of the user that DATAOPS_MONGO_URL names"
    )
    mongo_prefix: str = Field(
        default="dataops", pattern=r"^[a-z][a-z0-9_]{0,30}$", description="databases are named <prefix>_<service>"
    )
    timezone: str = Field(default="UTC", description="application timezone: the IANA name of a region, or UTC")
    catch_up_days: int = Field(default=7, ge=0, le=90, alias="DATAOPS_CATCH_UP", description="catch-up horizon in days")
    window_retention_days: int = Field(
        default=30, ge=1, le=400, alias="DATAOPS_WINDOW_RETENTION", description="days that window messages are kept"
    )
    stream_replicas: int = Field(default=1, ge=1, le=5, description="brokers of a cluster that keep each stream")
    portal_host: str = Field(default="127.0.0.1", alias="DATAOPS_HOST", description="address the portal listens on")
    allowed_hosts: str = Field(
        default="", description="names the portal is reached under, separated by commas; addresses always work"
    )
    trusted_proxies: str = Field(
        default="",
        description="addresses and networks of proxies that say who a request comes from, separated by commas",
    )
    portal_port: int = Field(
        default=8080, ge=0, le=65535, alias="DATAOPS_PORT", description="port the portal listens on"
    )
    keep_alive_seconds: int = Field(
        default=75,
        ge=1,
        le=3_600,
        description="seconds that the portal keeps an idle connection open; more than a proxy before it does",
    )
    upload_mb: int = Field(default=10, ge=1, le=1_000, description="largest file that may be uploaded, in MB")
    export_output_dir: Path | None = Field(
        default=None, alias="EXPORT_OUTPUT_DIR", description="where `POST /api/cron/export` writes; unset: nowhere"
    )
    environment: str = Field(
        default="unknown", alias="DATAOPS_ENV", description="name of this environment, for the manifest of an export"
    )
    app_git_sha: str = Field(
        default="unknown", alias="APP_GIT_SHA", description="commit that runs here, for the manifest of an export"
    )
    metrics_host: str = Field(default="127.0.0.1", description="address that metrics are served on")
    metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="port that serves metrics for Prometheus; unset: none. Of `dataops up` it is the first service's",
    )
    otlp_endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="OpenTelemetry collector (OTLP over HTTP) for traces; unset: none",
    )
    secure_cookies: bool = Field(default=False, description="behind TLS: cookies Secure and named __Host-")
    clock: AwareDatetime | None = Field(default=None, description="where the clock starts, an instant; default is now")
    test_control: bool = Field(default=False, description="tests only: lets dataops.test.clock set the clock")
    data_dir: Path = Field(default=Path(".dataops"), description="data of the embedded stack")

    @model_validator(mode="before")
    @classmethod
    def _with_passwords(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Raises StartError for a file that will not do."""
        variables = cls.variables()
        for url in ("nats_url", "mongo_url"):
            file = url.replace("_url", "_password_file")
            if given.get(file):
                password = passwords.read(Path(given[file]), variable=variables[file])
                given[url] = passwords.put_into(given.get(url, ""), password, variable=variables[url])
        return given

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        """ValueError for a name that zone data has no region for, also where the machine's own files have one."""
        if zone_data.is_region(name):
            return name
        if current := zone_data.current_name(name):
            raise ValueError(f"{name!r} is not the name of a region; use {current}")
        raise ValueError(f"unknown timezone {name[:64]!r}; use the IANA name of a region such as Europe/Berlin, or UTC")

    @field_validator("allowed_hosts")
    @classmethod
    def _host_names(cls, names: str) -> str:
        if names and not all(_HOST.fullmatch(name) for name in names.split(",")):
            raise ValueError("give names such as ops.example.org,ops.internal, without scheme, port and spaces")
        return names

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, proxies: str) -> str:
        for proxy in proxies.split(",") if proxies else ():
            try:
                ip_network(proxy)
            except ValueError as error:
                raise ValueError(f"{error}; give addresses and networks such as 10.0.0.7,172.18.0.0/16") from None
        return proxies

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def catch_up(self) -> timedelta:
        return timedelta(days=self.catch_up_days)

    @classmethod
    def variables(cls) -> dict[str, str]:
        """The environment variable of each field, by the field's name."""
        return {name: field.alias or f"{PREFIX}{name.upper()}" for name, field in cls.model_fields.items()}

    @property
    def starts_at(self) -> datetime | None:
        return self.clock
