"""The handlers of the JSON API. Their types make its OpenAPI document."""

from litestar.handlers import HTTPRouteHandler

from services.portal.artifacts import api as artifacts
from services.portal.auth import api as auth
from services.portal.exports import api as api_exports
from services.portal.failures import api as failures
from services.portal.files import api as api_files
from services.portal.home import api as api_home
from services.portal.http import health
from services.portal.notifications import api as api_notifications
from services.portal.people import api as users
from services.portal.runs import api as bundles
from services.portal.schedules import api as schedules
from services.portal.schedules import backfill_api as backfills
from services.portal.schedules import cron_api as cron
from services.portal.schedules import pausing_api as pausing
from services.portal.schedules import recurring_api as recurring
from services.portal.schedules import template_api as templates
from services.portal.tasks import action_api as task_actions
from services.portal.tasks import api as tasks

API: list[HTTPRouteHandler] = [
    health.show_health,
    auth.log_in,
    auth.log_out,
    auth.show_me,
    users.list_users,
    users.show_user,
    recurring.list_recurring,
    recurring.create_recurring,
    recurring.show_recurring,
    recurring.update_recurring,
    recurring.delete_recurring,
    recurring.generate_recurring,
    tasks.list_tasks,
    tasks.show_task,
    tasks.create_task,
    tasks.update_task,
    tasks.delete_task,
    task_actions.mark_waiting,
    task_actions.send_follow_up,
    task_actions.receive_response,
    task_actions.snooze,
    task_actions.complete,
    task_actions.reopen,
    task_actions.add_comment,
    task_actions.show_history,
    artifacts.list_artifacts,
    artifacts.show_artifact,
    artifacts.add_artifact,
    artifacts.update_artifact,
    artifacts.attach_artifact,
    artifacts.archive_artifact,
    api_files.upload_file,
    api_files.list_files,
    api_files.show_file,
    api_files.download_file,
    api_files.delete_file,
    templates.list_templates,
    templates.create_template,
    templates.show_template,
    templates.update_template,
    templates.delete_template,
    bundles.list_bundles,
    bundles.list_bundle_cards,
    bundles.create_bundle,
    bundles.show_bundle,
    bundles.update_bundle,
    bundles.archive_bundle,
    bundles.change_stage,
    bundles.delete_bundle,
    bundles.list_bundle_tasks,
    cron.run_cron,
    api_exports.write_export,
    api_exports.download_export,
    schedules.list_schedules,
    schedules.preview_cron,
    schedules.show_schedule,
    schedules.list_windows,
    schedules.list_upcoming,
    schedules.explain_date,
    pausing.pause,
    pausing.resume,
    pausing.archive,
    pausing.restore,
    backfills.backfill,
    failures.list_failures,
    failures.retry_failure,
    failures.acknowledge_failure,
    api_notifications.list_notifications,
    api_notifications.dismiss_notification,
    api_notifications.dismiss_all,
    api_home.show_home_view,
]
