#!/usr/bin/env bash
# A zip archive whose small members have zip64 data descriptors, as zipstream-ng 1.9.3 writes members of unknown size.
# Java 17's ZipInputStream and unzipper 0.12.5 (npm) stop at the first one: they expect 16 bytes behind a small member,
# whatever its local header says. Python's zipfile, yauzl 3.4.0 (npm) and stream-unzip 0.0.101 read it. With the size
# given to zipstream-ng beforehand there is no zip64 record, and all five read it. Fails if a reader changes its mind.
# Needs java with javac, node, npm and python3.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv python
python/bin/pip -q install zipstream-ng==1.9.3 stream-unzip==0.0.101
npm install --silent --no-fund --no-audit unzipper@0.12.5 yauzl@3.4.0

cat >pack.py <<'P'
import sys
from zipstream import ZIP_DEFLATED, ZipStream

body = b'{"id":1}\n' * 1_000
for name, size in (("unsized.zip", None), ("sized.zip", len(body))):
    stream = ZipStream(compress_type=ZIP_DEFLATED)
    stream.add(iter([body]), "records.jsonl", size=size)
    with open(name, "wb") as file:
        file.writelines(stream)
P
python/bin/python pack.py

cat >Read.java <<'J'
import java.io.FileInputStream;
import java.util.zip.ZipInputStream;

class Read {
    public static void main(String[] arguments) throws Exception {
        try (var zip = new ZipInputStream(new FileInputStream(arguments[0]))) {
            zip.getNextEntry();
            System.out.println(zip.readAllBytes().length);
            zip.getNextEntry();
        }
    }
}
J
cat >unzipper.cjs <<'J'
const fs = require("node:fs");
const unzipper = require("unzipper");
(async () => {
  for await (const entry of fs.createReadStream(process.argv[2]).pipe(unzipper.Parse({ forceStream: true })))
    console.log((await entry.buffer()).length);
})().catch(() => process.exit(1));
J
cat >yauzl.cjs <<'J'
const yauzl = require("yauzl");
yauzl.open(process.argv[2], (error, archive) => {
  if (error) throw error;
  archive.on("entry", (entry) => archive.openReadStream(entry, (error, stream) => {
    if (error) throw error;
    let length = 0;
    stream.on("data", (chunk) => (length += chunk.length)).on("end", () => console.log(length));
  }));
});
J
cat >zipfile_.py <<'P'
import sys, zipfile
print(len(zipfile.ZipFile(sys.argv[1]).read("records.jsonl")))
P
cat >stream_.py <<'P'
import sys
from stream_unzip import stream_unzip
for _, _, chunks in stream_unzip(open(sys.argv[1], "rb")):
    print(sum(map(len, chunks)))
P
for archive in unsized.zip sized.zip; do
  for reader in "java Read.java" "node unzipper.cjs" "node yauzl.cjs" "python/bin/python zipfile_.py" "python/bin/python stream_.py"; do
    if $reader "$archive" >read 2>/dev/null && [ "$(cat read)" = 9000 ]; then echo "$archive $reader: read"; else echo "$archive $reader: refused"; fi
  done
done >seen
diff - seen <<'SEEN' && echo "as seen"
unsized.zip java Read.java: refused
unsized.zip node unzipper.cjs: refused
unsized.zip node yauzl.cjs: read
unsized.zip python/bin/python zipfile_.py: read
unsized.zip python/bin/python stream_.py: read
sized.zip java Read.java: read
sized.zip node unzipper.cjs: read
sized.zip node yauzl.cjs: read
sized.zip python/bin/python zipfile_.py: read
sized.zip python/bin/python stream_.py: read
SEEN
