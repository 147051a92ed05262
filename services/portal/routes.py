"""The Litestar application: every route, and what handlers may ask for by name."""

from collections.abc import Iterator
from typing import Any

from litestar import Litestar, Request, Router
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.plugins.prometheus import PrometheusConfig
from litestar.types import Dependencies

from services.kit.settings import Settings
from services.portal import live
from services.portal.api_routes import API
from services.portal.artifacts import pages as artifact_pages
from services.portal.auth import pages as session
from services.portal.auth.access import Viewer
from services.portal.auth.guard import check_roles, require_role
from services.portal.exports import pages as export_pages
from services.portal.failures import pages as failure_pages
from services.portal.home import pages as home
from services.portal.http import answers, assets, errors, forms, unsent
from services.portal.http.api_requests import ApiRequest, Models, provide_key, provide_question, read_body
from services.portal.http.forms import provide_form
from services.portal.notifications import pages as notifications
from services.portal.openapi import pages as schema_pages
from services.portal.page import provide_page
from services.portal.people import pages as user_pages
from services.portal.runs import detail_pages as details_pages
from services.portal.runs import list_pages as workflows_pages
from services.portal.runs import pages as workflow_pages
from services.portal.schedules import generation_pages as generations
from services.portal.schedules import list_pages as recurring_pages
from services.portal.schedules import pages as schedule_pages
from services.portal.schedules import pausing_pages as pausing
from services.portal.schedules import recurring_pages as duty_pages
from services.portal.schedules import standard_duty_pages as duties_pages
from services.portal.schedules import template_editor_pages as template_editor
from services.portal.schedules import template_pages
from services.portal.settings import pages as settings_pages
from services.portal.tasks import action_pages as page_actions
from services.portal.tasks import change_pages as task_changes
from services.portal.tasks import list_pages as task_list
from services.portal.tasks import new_task_pages as new_task
from services.portal.tasks import pages as task_pages
from services.portal.tasks import proof_pages as task_proof
from services.portal.tasks.rows import NotChanged, provide_task_rows, show_reason

_SIGNALS = "^/live$"
_PAGES = [
    assets.show_asset,
    live.stream_changes,
    schema_pages.show_schema,
    schema_pages.show_openapi,
    session.show_sign_in,
    session.sign_in,
    session.keep_unsent,
    session.sign_out,
    home.show_home,
    home.show_coming_up,
    home.show_workflow_choices,
    task_list.list_tasks,
    task_list.change_tasks,
    task_list.show_changes,
    task_pages.show_task,
    task_pages.open_action,
    new_task.add_task,
    page_actions.complete_task,
    page_actions.mark_waiting,
    page_actions.send_follow_up,
    page_actions.receive_response,
    page_actions.snooze,
    page_actions.add_comment,
    page_actions.reopen_task,
    page_actions.undo_change,
    task_changes.assign,
    task_changes.change_date,
    task_changes.archive_task,
    task_changes.restore_task,
    task_changes.edit_task,
    task_changes.delete_task,
    task_proof.add_proof,
    task_proof.add_file_proof,
    task_proof.download_file,
    task_proof.delete_file,
    artifact_pages.show_new_artifact,
    artifact_pages.add_artifact,
    artifact_pages.show_artifact,
    artifact_pages.change_artifact,
    recurring_pages.show_recurring_page,
    pausing.pause_schedule,
    pausing.resume_schedule,
    duty_pages.show_new_duty,
    duty_pages.create_duty,
    duty_pages.preview_cron,
    duty_pages.show_duty_form,
    duty_pages.update_duty,
    duty_pages.delete_duty,
    schedule_pages.show_schedule_page,
    schedule_pages.archive_schedule,
    schedule_pages.restore_schedule,
    workflows_pages.show_workflows,
    workflows_pages.start_workflow,
    workflow_pages.show_workflow,
    details_pages.change_details,
    details_pages.show_history,
    workflow_pages.fill_link,
    workflow_pages.move_on,
    workflow_pages.add_task,
    workflow_pages.archive_workflow,
    workflow_pages.restore_workflow,
    workflow_pages.delete_workflow,
    template_pages.show_templates,
    template_pages.show_template,
    template_pages.start_left_out_runs,
    template_pages.start_replacement_run,
    template_pages.delete_template,
    template_editor.show_new_template,
    template_editor.create_template,
    template_editor.show_template_editor,
    template_editor.update_template,
    failure_pages.retry_failure,
    failure_pages.acknowledge_failure,
    generations.create_generation,
    generations.show_preview,
    generations.show_generation,
    export_pages.show_export,
    export_pages.start_export,
    export_pages.download_archive,
    duties_pages.show_standard_duties,
    duties_pages.create_standard_duties,
    user_pages.show_users,
    user_pages.add_user,
    user_pages.change_user,
    user_pages.deactivate_user,
    user_pages.reactivate_user,
    user_pages.reset_password,
    settings_pages.show_settings,
    settings_pages.change_name,
    settings_pages.choose_theme,
    settings_pages.change_password,
    settings_pages.end_session,
    settings_pages.end_other_sessions,
    settings_pages.show_help,
    notifications.show_notifications,
    notifications.dismiss,
    notifications.dismiss_all,
]


def build(replies: answers.Answers, **shared: Any) -> Litestar:
    """``shared`` are the things handlers name as arguments. Raises UndeclaredRole for a route without a role."""
    api = Router("", route_handlers=API, request_class=ApiRequest, before_request=read_body)
    app = Litestar(
        [*_PAGES, api],
        dependencies=_dependencies(shared | {"answers": replies}),
        guards=[require_role],
        before_request=forms.refuse_forged,
        exception_handlers={
            **errors.handlers(replies),
            NotChanged: show_reason,
            forms.EarlierSignIn: unsent.on_earlier_sign_in(shared["renderer"]),
        },
        middleware=list(_observing(shared["settings"])),
        plugins=[Models()],
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,
    )
    check_roles(app)
    return app


def _observing(settings: Settings) -> Iterator[DefineMiddleware]:
    """How many requests each route took, and for how long; but for the stream of signals, open as long as a page."""
    if settings.metrics_port is not None:
        yield PrometheusConfig("portal", prefix="dataops_http", group_path=True, exclude=_SIGNALS).middleware
    if settings.otlp_endpoint is not None:
        from litestar.plugins.opentelemetry import OpenTelemetryConfig  # its libraries are an extra

        yield OpenTelemetryConfig(exclude=[_SIGNALS, "^/assets/"]).middleware


def _dependencies(shared: dict[str, Any]) -> Dependencies:
    def the(value: Any) -> Provide:
        async def provide() -> Any:
            return value

        return Provide(provide)

    named = {name: the(value) for name, value in shared.items()}
    return named | {
        "viewer": Provide(_viewer),
        "key": Provide(provide_key),
        "question": Provide(provide_question),
        "form": Provide(provide_form),
        "page": Provide(provide_page),
        "task_rows": Provide(provide_task_rows),
    }


async def _viewer(request: Request[Any, Any, Any]) -> Viewer:
    """Whom the guard let through."""
    return request.user
