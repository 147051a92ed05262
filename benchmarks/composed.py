"""What the composed deployment survives: each container is killed under load, and what was made is counted.

``python -m benchmarks.composed [--work 3 --scheduler 2]`` with an engine and images at hand. It starts the deployment,
signs in, seeds, then for each container publishes 4 000 windows, kills the container's process as a crash would,
waits until everything is made and counts. ``recovered`` is from the kill until all services say that they are ready.
"""

import argparse
import json
import os
import re
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import httpx

ROOT = Path(__file__).parents[1]
COMPOSE = shlex.split(os.environ.get("COMPOSE", "docker compose"))
DAYS = 100
EMAIL = "transcript@example.org"


def compose(*words: str) -> str:
    done = subprocess.run([*COMPOSE, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


class Load:
    """The script inside; its lines arrive as they are printed."""

    def __init__(self) -> None:
        script = (ROOT / "benchmarks" / "composed_load.py").read_text()
        command = [*COMPOSE, "run", "--rm", "-T", "--entrypoint", "python", "ops", "-u", "-c", script]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self._lines: Queue[dict[str, float]] = Queue()
        self.ready: list[tuple[float, bool]] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message = json.loads(line)
            if "ready" in message:
                self.ready.append((message["at"], message["ready"]))
            else:
                self._lines.put(message)

    def order(self, first: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{first} {DAYS}\n")
        self._process.stdin.flush()

    def wait_for(self, name: str) -> dict[str, float]:
        while True:
            message = self._lines.get(timeout=300)
            if name in message:
                return message

    def recovered(self, since: float) -> float | None:
        """Seconds from ``since`` until it was last found ready; None when nobody noticed."""
        changes = [(at, ready) for at, ready in self.ready if at > since]
        return changes[-1][0] - since if changes and changes[-1][1] else None

    def end(self) -> None:
        self._process.communicate(timeout=60)


def containers() -> Iterator[tuple[str, str]]:
    """Name and id of every container that keeps running, servers first."""
    for service in ("nats", "mongo", "work", "scheduler", "notifier", "portal"):
        for id in compose("ps", "-q", service).split():
            name = subprocess.run(
                ["docker", "inspect", "-f", "{{.Name}}", id], capture_output=True, text=True, check=True
            )
            yield re.sub(r"^/[^_-]+[_-]", "", name.stdout.strip()), id


def kill(id: str) -> None:
    """As a crash: `docker kill` would keep the engine from starting it again."""
    found = subprocess.run(
        ["docker", "inspect", "-f", "{{.State.Pid}}", id], capture_output=True, text=True, check=True
    )
    os.kill(int(found.stdout), signal.SIGKILL)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--work", type=int, default=1)
    options.add_argument("--scheduler", type=int, default=1)
    asked = options.parse_args()
    began = time.monotonic()
    compose("up", "-d", "--scale", f"work={asked.work}", "--scale", f"scheduler={asked.scheduler}")
    wait_for_sign_in()
    print(f"up: sign-in page after {time.monotonic() - began:.0f} s")
    sign_in()
    print("seed:", len(re.findall(r"(yes|exists)\s*│", compose("run", "--rm", "-T", "ops", "seed"))), "duties")
    load = Load()
    load.wait_for("duties")
    print(f"{'killed':<14} {'windows':>8} {'tasks':>7} {'recovered s':>12} {'all made s':>11}")
    for number, (name, id) in enumerate(containers()):
        load.order(f"{2030 + number}-01-01")
        load.wait_for("published" if name.startswith(("work", "mongo")) else "publishing")
        killed = time.time()
        kill(id)
        all_made = load.wait_for("made_at")["made_at"] - killed
        counted = load.wait_for("tasks")
        wait_until_ready(load, killed)
        took = load.recovered(killed)
        shown = "not noticed" if took is None else f"{took:.1f}"
        print(
            f"{name:<14} {counted['windows']:>8.0f} {counted['tasks']:>7.0f} {shown:>12} {all_made:>11.1f}", flush=True
        )
        assert counted["windows"] == counted["tasks"], "not exactly once"
    load.end()
    print(compose("run", "--rm", "-T", "ops", "doctor"))


def wait_for_sign_in() -> None:
    for _ in range(600):
        try:
            if httpx.get("http://127.0.0.1:8080/sign-in").status_code == 200:
                return
        except httpx.HTTPError:
            pass
        threading.Event().wait(0.2)
    raise SystemExit("the portal shows no sign-in page")


def sign_in() -> None:
    """As a script does: a user of its own, a token, one page of tasks."""
    added = subprocess.run(
        [*COMPOSE, "run", "--rm", "-T", "ops", "users", "add", EMAIL, "--name", "Transcript", "--role", "admin"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"^Password: (\S+)", added.stdout, re.MULTILINE)
    if not found:
        print("sign in: the user is of an earlier run")
        return
    with httpx.Client(base_url="http://127.0.0.1:8080", timeout=30) as client:
        answer = client.post("/api/auth/login", json={"email": EMAIL, "password": found[1]})
        print("sign in:", answer.status_code)


def wait_until_ready(load: Load, since: float) -> None:
    """At least three seconds, in which an outage would be noticed; at most two minutes."""
    for _ in range(1_200):
        threading.Event().wait(0.1)
        if time.time() - since > 3 and load.ready and load.ready[-1][1]:
            return


if __name__ == "__main__":
    main()
