"""A process that owns both bundled servers and never stops them: arguments are a directory and two ports."""

import asyncio
import sys
from pathlib import Path

from services.cli.stack.embedded import start_mongod, start_nats


async def main(directory: Path, nats_port: int, mongo_port: int) -> None:
    await asyncio.gather(start_nats(directory, nats_port), start_mongod(directory, mongo_port))
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
