"""System libraries of the bundled mongod: the system's own, else those in the wheel of pycurl."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from services.kit.start_error import StartError

_PATH = "LD_LIBRARY_PATH"
_SECONDS = 10
_DEBIAN_PACKAGES = {
    "libcurl.so.4": "libcurl4",
    "libssl.so.3": "libssl3",
    "libcrypto.so.3": "libssl3",
    "liblzma.so.5": "liblzma5",
    "libgcc_s.so.1": "libgcc-s1",
}
OWN_SERVERS = "Or use servers of your own (DATAOPS_NATS_URL, DATAOPS_MONGO_URL), or `docker compose up`."


def library_environment(binary: Path, links: Path) -> dict[str, str]:
    """Return the environment in which the loader finds every library of ``binary``; it is for that process alone.

    ``links`` is a directory for links to the wheel's libraries, which bear other names; made anew when one is needed.
    Raises StartError that names all libraries which neither the system nor the wheel has.
    """
    environment = dict(os.environ)
    if sys.platform != "linux" or not (missing := _missing(binary, environment)):
        return environment
    bundled = Path(sysconfig.get_path("platlib")) / "pycurl.libs"
    shutil.rmtree(links, ignore_errors=True)
    links.mkdir(parents=True)
    for name in missing:
        if found := _bundled(bundled, name):
            (links / name).symlink_to(found)
    paths = [str(links.resolve()), str(bundled), *filter(None, [environment.get(_PATH)])]
    environment[_PATH] = os.pathsep.join(paths)
    if missing := _missing(binary, environment):
        raise StartError(_explain(binary.name, missing))
    return environment


def _missing(binary: Path, environment: dict[str, str]) -> list[str]:
    """Names of the libraries that the loader does not find, such as libcurl.so.4.

    With this variable set, the loader of glibc lists the libraries and does not run the program: ld.so(8).
    """
    traced = environment | {"LD_TRACE_LOADED_OBJECTS": "1"}
    try:
        listed = subprocess.run([binary], env=traced, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []  # starting the program fails as well, and is explained there
    return re.findall(r"^\s*(\S+) => not found", listed.stdout, re.M)


def _bundled(directory: Path, name: str) -> Path | None:
    """The wheel's libssl-8b66dd34.so.3 for libssl.so.3, its libcurl-330bcbb6.so.4.8.0 for libcurl.so.4."""
    stem, version = name.split(".so.", 1)
    pattern = re.compile(rf"{re.escape(stem)}-[0-9a-f]+\.so\.{re.escape(version)}(\.\d+)*")
    found = [file for file in directory.iterdir() if pattern.fullmatch(file.name)] if directory.is_dir() else []
    return found[0] if found else None


def _explain(program: str, missing: list[str]) -> str:
    packages = sorted({_DEBIAN_PACKAGES[name] for name in missing if name in _DEBIAN_PACKAGES})
    remedy = f"install {'them' if len(missing) > 1 else 'it'}"
    if packages:
        remedy += f" (Debian, Ubuntu: sudo apt-get install {' '.join(packages)})"
    return f"{program} needs {', '.join(missing)}, which this system lacks: {remedy}. {OWN_SERVERS}"
