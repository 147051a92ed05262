"""Passwords of servers: read from files that others may not read, never from an argument or a variable in clear."""

import os
import stat
from pathlib import Path
from urllib.parse import quote, urlsplit

from pydantic import SecretStr

from services.kit.start_error import StartError


def read(path: Path, *, variable: str) -> str:
    """The password in a file; StartError, naming ``variable``, when it cannot be had or others could read it."""
    try:
        mode, password = path.stat().st_mode, path.read_text().strip()
    except OSError as error:
        raise StartError(
            f"{variable}: {path} cannot be read ({error.strerror}): make it, or correct the path."
        ) from error
    if os.name == "posix" and mode & stat.S_IRWXO:
        raise StartError(f"{variable}: everybody on this machine may open {path}: `chmod 600 {path}`.")
    if not password:
        raise StartError(f"{variable}: {path} is empty: write the password into it.")
    return password


def put_into(url: SecretStr | str, password: str, *, variable: str) -> SecretStr:
    """``nats://work@host`` with the password behind the user; StartError when there is no user, or a password."""
    text = url if isinstance(url, str) else url.get_secret_value()
    user, at, place = urlsplit(text).netloc.rpartition("@")
    if not at or ":" in user:
        raise StartError(
            f"{variable}: name the user and no password, as in nats://work@host; the file has the password."
        )
    return SecretStr(text.replace(f"{user}@{place}", f"{user}:{quote(password, safe='')}@{place}", 1))
