"""The portable export: downloaded, or written into the directory that the server is configured with."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Stream

from contracts.values import iso_milliseconds
from services.kit.settings import Settings
from services.portal.auth.access import ADMIN, Viewer
from services.portal.exports.archives import attachment
from services.portal.exports.directories import BadTarget
from services.portal.exports.jobs import Exports
from services.portal.http.bodies import JsonObject
from services.portal.http.errors import BadInput


@get("/api/export", opt=ADMIN)
async def download_export(exports: NamedDependency[Exports], viewer: NamedDependency[Viewer]) -> Stream:
    """A zip archive of everything as it is now. Its bytes come once all of it has been read."""
    try:
        return attachment(*await exports.send(viewer.user.id))
    except OSError as error:
        raise _not_written(error) from error


@post("/api/cron/export", opt=ADMIN, status_code=200)
async def write_export(
    settings: NamedDependency[Settings], exports: NamedDependency[Exports], viewer: NamedDependency[Viewer]
) -> JsonObject:
    """The earlier export there stays until the new one is whole."""
    target = settings.export_output_dir
    if target is None:
        raise BadInput("EXPORT_OUTPUT_DIR is not configured")
    try:
        manifest = await exports.replace(target, viewer.user.id)
    except BadTarget as error:
        raise BadInput(f"EXPORT_OUTPUT_DIR cannot be used: {error}") from error
    except OSError as error:
        raise _not_written(error) from error
    return {
        "output_dir": str(target),
        "schema_version": manifest.schema_version,
        "entity_counts": manifest.entity_counts,
        "generated_at": iso_milliseconds(manifest.generated_at),
    }


def _not_written(error: OSError) -> BadInput:
    return BadInput(f"The export could not be written: {error.strerror or error}", status=503)
