"""What JetStream's `sync_interval` costs: ``python -m benchmarks.sync_interval``.

For each interval a bundled nats-server of its own; windows are published as the scheduler does it, up to 1 000 in
flight, and one by one. The write is the same on every machine, the flush is not: repeat it on the disk that is meant.
"""

import argparse
import asyncio
import sysconfig
import tempfile
import time
from pathlib import Path

import nats
from nats.js.api import StreamConfig

from services.cli.stack.child import Child
from services.cli.stack.embedded import _has_jetstream
from services.cli.stack.ports import LOCALHOST, free_ports

INTERVALS = ("2m", "10s", "1s", "100ms", "always")
_IN_FLIGHT = 1_000


async def measure(interval: str, *, messages: int, singles: int) -> tuple[float, float]:
    """Messages a second: pipelined, and each awaited."""
    with tempfile.TemporaryDirectory() as directory:
        config = _configured(Path(directory), interval)
        (port,) = free_ports(1)
        binary = Path(sysconfig.get_path("scripts"), "nats-server")
        command = [binary, "-c", config, "-a", LOCALHOST, "-p", str(port)]
        child = await Child.spawn("nats-server", command, log=Path(directory, "log"))
        await child.until(_has_jetstream(port), patience=30)
        client = await nats.connect(f"nats://{LOCALHOST}:{port}")
        try:
            stream = client.jetstream()
            await stream.add_stream(StreamConfig(name="WINDOWS", subjects=["due.>"], duplicate_window=3600.0))
            began = time.perf_counter()
            for start in range(0, messages, _IN_FLIGHT):
                numbers = range(start, start + _IN_FLIGHT)
                acks = [await stream.publish_async(f"due.{n}", b"x" * 100, headers=_id(n)) for n in numbers]
                await asyncio.gather(*acks)
            pipelined = messages / (time.perf_counter() - began)
            began = time.perf_counter()
            for n in range(messages, messages + singles):
                await stream.publish(f"due.{n}", b"x" * 100, headers=_id(n))
            return pipelined, singles / (time.perf_counter() - began)
        finally:
            await client.close()
            await child.stop()


def _configured(directory: Path, interval: str) -> Path:
    config = directory / "nats.conf"
    config.write_text(f'jetstream {{ store_dir: "{directory}/data", sync_interval: "{interval}" }}')
    return config


def _id(number: int) -> dict[str, str]:
    return {"Nats-Msg-Id": str(number)}


async def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--messages", type=int, default=20_000)
    asked = options.parse_args()
    print(f"{'sync_interval':<14} {'pipelined/s':>12} {'awaited/s':>10}")
    for interval in INTERVALS:
        pipelined, awaited = await measure(interval, messages=asked.messages, singles=1_000)
        print(f"{interval:<14} {pipelined:>12,.0f} {awaited:>10,.0f}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
