"""Servers for a whole test run, settings for each test. Tests that ask for neither start nothing."""

import os
import re
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from functools import partial
from pathlib import Path
from uuid import uuid4

import nats
import pytest
from hypothesis import settings
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from pydantic import SecretStr

from services.kit.settings import Settings
from services.portal.http import rendering
from tests.browser.chromium import NO_CHROMIUM, PACKAGES
from tests.servers import (
    Kind,
    MongoClient,
    Servers,
    connect,
    drop_multikey_collections,
    empty_databases,
    kind_here,
    running_servers,
)
from tests.system import KeptSystem

_PREFIX = f"test_{uuid4().hex[:12]}"
"""Of the databases of this test process."""


settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

_BAD_INPUT = re.compile(r"\[([A-S]): ")


def pytest_report_header() -> str:
    return f"servers: {kind_here()}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None]:
    """How many bad inputs were tried and passed, by group: the letter at the beginning of their ids. And which tests
    were not run for want of a browser, below everything else.
    """
    yield
    tried: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    for outcome in ("passed", "failed", "error", "xfailed"):
        for report in terminalreporter.getreports(outcome):
            found = _BAD_INPUT.search(report.nodeid)
            if found and (report.when == "call" or outcome == "error"):
                tried[found[1]] += 1
                passed[found[1]] += outcome == "passed"
    if tried:
        by_group = "  ".join(f"{group} {passed[group]}/{tried[group]}" for group in sorted(tried))
        terminalreporter.write_line(f"bad inputs passed of tried, by group: {by_group}")
    without = [report for report in terminalreporter.getreports("skipped") if NO_CHROMIUM in str(report.longrepr)]
    if without:
        remedy = f"sudo apt-get install {' '.join(PACKAGES)}"
        terminalreporter.write_line(
            f"{len(without)} browser tests were not run, because {NO_CHROMIUM}: {remedy}", yellow=True
        )


@pytest.fixture(scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Servers]:
    """A nats-server and a mongod of this test process alone."""
    async with running_servers(tmp_path_factory.mktemp("servers")) as servers:
        if servers.kind is Kind.ENVIRONMENT and "PYTEST_XDIST_WORKER" in os.environ:
            pytest.fail("Several test processes cannot share the named servers: run pytest without -n.")
        yield servers


@pytest.fixture(scope="session", autouse=True)
def no_settings_of_the_machine() -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("DATAOPS_") and "_TEST_" not in name]:
            patch.delenv(name)
        yield


class _CompiledTemplates(BytecodeCache):
    """In this process, which starts many a portal. Templates do not change while tests run."""

    def __init__(self) -> None:
        self._by_key: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._by_key:
            bucket.bytecode_from_string(self._by_key[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._by_key[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once() -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rendering, "Environment", partial(Environment, bytecode_cache=_CompiledTemplates()))
        yield


@pytest.fixture
async def settings(servers: Servers, mongo: MongoClient, kept_system: KeptSystem, tmp_path: Path) -> Settings:
    """Settings for empty databases and a broker without streams."""
    await kept_system.close()
    return await _fresh_settings(servers, mongo, tmp_path)


@pytest.fixture(scope="session")
async def mongo(servers: Servers) -> AsyncGenerator[MongoClient]:
    async with connect(servers.mongo_url) as client:
        yield client


@pytest.fixture(scope="session")
async def kept_system(
    servers: Servers, mongo: MongoClient, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[KeptSystem]:
    """For fixtures that begin a system anew for each test."""
    directory = tmp_path_factory.mktemp("kept")
    kept = KeptSystem(lambda: _fresh_settings(servers, mongo, directory))
    yield kept
    await kept.close()


async def _fresh_settings(servers: Servers, mongo: MongoClient, data_dir: Path) -> Settings:
    """Empties what earlier tests left on the servers."""
    await _delete_streams(servers.nats_url)
    await drop_multikey_collections(mongo, _PREFIX)
    await empty_databases(mongo, _PREFIX)
    return Settings(
        nats_url=SecretStr(servers.nats_url),
        mongo_url=SecretStr(servers.mongo_url),
        mongo_prefix=_PREFIX,
        data_dir=data_dir,
    )


async def _delete_streams(nats_url: str) -> None:
    client = await nats.connect(nats_url)
    try:
        streams = client.jetstream()
        for stream in await streams.streams_info():
            await streams.delete_stream(str(stream.config.name))
    finally:
        await client.close()
