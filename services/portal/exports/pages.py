"""The export page: making one, watching it grow, and downloading it."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from services.portal.auth.access import ADMIN, Viewer
from services.portal.exports.archives import attachment
from services.portal.exports.jobs import Exports
from services.portal.page import Page


@get("/export", opt=ADMIN)
async def show_export(exports: NamedDependency[Exports], page: NamedDependency[Page]) -> Response[str]:
    job = exports.of(page.viewer.user.id)
    # The page without script asks again by itself; one with script does the same.
    headers = {"refresh": "2"} if job and job.going_on else None
    return page("export.html", headers=headers, job=job)


@post("/export", opt=ADMIN, status_code=200)
async def start_export(exports: NamedDependency[Exports], viewer: NamedDependency[Viewer]) -> Redirect:
    await exports.start(viewer.user.id)
    return Redirect("/export", status_code=303)


@get("/export/archive", opt=ADMIN)
async def download_archive(exports: NamedDependency[Exports], viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Only one's own."""
    found = exports.download(viewer.user.id)
    if found is None:
        raise NotFoundException
    return attachment(*found)
