"""Style sheets, scripts and the icon, served from memory under their content hash, so that they never go stale."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from services.portal.auth.access import PUBLIC
from services.portal.http.headers import FOR_EVER

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Asset:
    digest: str
    content: bytes
    content_type: str


class Assets:
    def __init__(self) -> None:
        own = {one.name: one.read_bytes() for one in files("services.portal").joinpath("static").iterdir()}
        own["htmx.min.js"] = files("js_lib_htmx").joinpath("static/htmx/htmx.min.js").read_bytes()
        self._assets = {
            name: Asset(hashlib.sha256(content).hexdigest()[:16], content, _TYPES["." + name.rsplit(".", 1)[1]])
            for name, content in own.items()
        }

    def path(self, name: str) -> str:
        return f"/assets/{self._assets[name].digest}/{name}"

    def find(self, digest: str, name: str) -> Asset | None:
        found = self._assets.get(name)
        return found if found and found.digest == digest else None


@get("/assets/{digest:str}/{name:str}", opt=PUBLIC)
async def show_asset(assets: NamedDependency[Assets], digest: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    found = assets.find(digest, name)
    if found is None:
        raise NotFoundException
    return Response(found.content, media_type=found.content_type, headers=FOR_EVER)
