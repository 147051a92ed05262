"""The OpenAPI document in the hands of others: linters find nothing in it, and generated clients work with it."""

import asyncio
import json
import os
import shutil
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.people import Person, client_of
from tests.system import System

CALLS = Path(__file__).with_name("clients")
NODE_PACKAGES = (
    "@redocly/cli@2.77.0",
    "@stoplight/spectral-cli@6.16.3",
    "openapi-fetch@0.17.0",
    "openapi-typescript@7.13.0",
    "typescript@5.9.3",
)
PYTHON_PACKAGES = ("openapi-python-client==0.29.1", "python-dateutil==2.9.0.post0")
CONTENT = "Agenda: ÄÖ € 🎙️"

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(1_200),
    pytest.mark.skipif(
        shutil.which("npm") is None, reason="npm, which brings the linters and openapi-fetch, is missing"
    ),
]


async def run(*command: str | Path, cwd: Path) -> str:
    """What the command wrote to its standard output; it must end well."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("DATAOPS_", "PYTHON"))}
    process = await asyncio.create_subprocess_exec(*command, cwd=cwd, stdout=PIPE, stderr=PIPE, env=ours)
    out, err = (stream.decode() for stream in await process.communicate())
    assert process.returncode == 0, f"{command}\n{out}\n{err}"
    return out


@pytest.fixture(scope="module")
async def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``node_modules`` and a Python environment ``python`` that have the linters and generators."""
    folder = tmp_path_factory.mktemp("tools")
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    await run("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *NODE_PACKAGES, cwd=folder)
    await run(sys.executable, "-m", "venv", "python", cwd=folder)
    await run(folder / "python/bin/pip", "install", "--quiet", *PYTHON_PACKAGES, cwd=folder)
    return folder


@pytest.fixture
async def described(tools: Path, api: httpx.AsyncClient) -> Path:
    """The document as the running portal serves it."""
    reply = await api.get("/schema/openapi.json")
    (tools / "openapi.json").write_bytes(reply.content)
    return tools / "openapi.json"


async def test_spectral_finds_nothing(tools: Path, described: Path) -> None:
    (tools / "spectral.yaml").write_text('extends: ["spectral:oas"]\n')
    found = await run(
        tools / "node_modules/.bin/spectral",
        "lint",
        described,
        "--ruleset=spectral.yaml",
        "--format=json",
        "--quiet",
        "--fail-severity=hint",
        cwd=tools,
    )
    assert json.loads(found) == []


async def test_redocly_finds_nothing(tools: Path, described: Path) -> None:
    found = await run(
        tools / "node_modules/.bin/redocly", "lint", "--extends=recommended", "--format=json", described, cwd=tools
    )
    assert json.loads(found)["problems"] == []


async def test_generated_python_client_makes_ten_calls(
    system: System, tools: Path, described: Path, admin: Person
) -> None:
    (tools / "generator.yaml").write_text("post_hooks: []\n")
    generator = tools / "python/bin/openapi-python-client"
    command = ("--meta=none", "--output-path=generated_client", "--config=generator.yaml", "--fail-on-warning")
    await run(generator, "generate", f"--path={described}", *command, cwd=tools)
    shutil.copy(CALLS / "calls.py", tools)
    arguments = (system.portal_url, admin.email, admin.password, CONTENT)
    await check(system, admin, json.loads(await run(tools / "python/bin/python", "calls.py", *arguments, cwd=tools)))


async def test_generated_typescript_client_makes_ten_calls(
    system: System, tools: Path, described: Path, admin: Person
) -> None:
    programs = tools / "node_modules/.bin"
    await run(programs / "openapi-typescript", described, "-o", "schema.d.ts", cwd=tools)
    shutil.copy(CALLS / "calls.ts", tools)
    options = {"strict": True, "target": "es2022", "module": "nodenext", "lib": ["es2022", "dom", "dom.iterable"]}
    (tools / "tsconfig.json").write_text(
        json.dumps({"compilerOptions": options | {"types": []}, "files": ["calls.ts"]})
    )
    await run(programs / "tsc", cwd=tools)
    arguments = (system.portal_url, admin.email, admin.password, CONTENT)
    await check(system, admin, json.loads(await run("node", "calls.js", *arguments, cwd=tools)))


async def check(system: System, admin: Person, said: dict[str, Any]) -> None:
    """What the client says it received is what the portal has."""
    async with client_of(system.portal_url, admin) as api:
        [config] = (await api.get("/api/recurring")).json()["recurringConfigs"]
        [task] = (await api.get("/api/tasks", params={"date": "2028-02-02"})).json()["tasks"]
    assert (task["status"], task["recurringConfigId"]) == ("done", config["id"])
    assert said == {
        "me": admin.email,
        "config": config["id"],
        "schedules": [config["id"]],
        "generated": [task["id"]],
        "tasks": [task["id"]],
        "download": CONTENT,
        "status": "done",
        "done": 1,
        "export": "504b0304",
    }
