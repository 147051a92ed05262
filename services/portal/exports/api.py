"""The portable export: downloaded, or written into the directory that the server is configured with."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Stream
from pydantic import ConfigDict

from contracts.values import Model
from services.kit.settings import Settings
from services.portal.auth.access import ADMIN, Viewer
from services.portal.exports import messages
from services.portal.exports.archives import attachment
from services.portal.exports.directories import BadTarget
from services.portal.exports.jobs import Exports
from services.portal.http.bodies import ShownInstant
from services.portal.http.errors import BadInput


class WrittenReply(Model):
    """Under the names that its manifest has."""

    model_config = ConfigDict(alias_generator=None)

    output_dir: str
    schema_version: str
    entity_counts: dict[str, int]
    generated_at: ShownInstant


@get(
    "/api/export",
    opt=ADMIN | {"downloads": ("application/zip",)},
    summary="Everything, as one zip archive (admins)",
)
async def download_export(exports: NamedDependency[Exports], viewer: NamedDependency[Viewer]) -> Stream:
    """A zip archive of everything at one instant, without passwords and sessions. It is sent as `application/zip`;
    `application/octet-stream` is listed for client generators that know no other type of bytes."""
    try:
        return attachment(*await exports.send(viewer.user.id))
    except OSError as error:
        raise _not_written(error) from error


@post(
    "/api/cron/export",
    opt=ADMIN,
    status_code=200,
    summary="Write the export into the server's directory (admins)",
)
async def write_export(
    settings: NamedDependency[Settings], exports: NamedDependency[Exports], viewer: NamedDependency[Viewer]
) -> WrittenReply:
    """Replaces the export in the directory that `EXPORT_OUTPUT_DIR` names, once the new one is whole. Without that
    setting the reply is 400."""
    target = settings.export_output_dir
    if target is None:
        raise BadInput(messages.DIRECTORY_NOT_CONFIGURED)
    try:
        manifest = await exports.replace(target, viewer.user.id)
    except BadTarget as error:
        raise BadInput(messages.directory_unusable(error)) from error
    except OSError as error:
        raise _not_written(error) from error
    return WrittenReply(
        output_dir=str(target),
        schema_version=manifest.schema_version,
        entity_counts=manifest.entity_counts,
        generated_at=manifest.generated_at,
    )


def _not_written(error: OSError) -> BadInput:
    return BadInput(messages.not_written(error.strerror or error), status=503)
