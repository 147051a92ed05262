"""Ten calls with the client that openapi-python-client generated, run by the Python that has it: URL, e-mail address
and password in, what came back out, as JSON."""

import datetime as dt
import io
import json
import sys

from generated_client import AuthenticatedClient, Client
from generated_client.api.auth import post_auth_login
from generated_client.api.export import get_export
from generated_client.api.files import get_files_file_id_download, post_files
from generated_client.api.home import get_home
from generated_client.api.me import get_me
from generated_client.api.recurring import post_recurring, post_recurring_generate
from generated_client.api.schedules import get_schedules
from generated_client.api.tasks import get_tasks, post_tasks_task_id_completion
from generated_client.models import (
    CompleteTask,
    CreateRecurring,
    PostAuthLoginBody,
    PostFilesBody,
    PostRecurringGenerateBody,
)
from generated_client.types import File

url, email, password, content = sys.argv[1:]
today = dt.date(2028, 2, 2)

signed_in = post_auth_login.sync(client=Client(url), body=PostAuthLoginBody(email=email, password=password))
client = AuthenticatedClient(url, token=signed_in.token, raise_on_unexpected_status=True)
me = get_me.sync(client=client)
duty = CreateRecurring(description="Back up Mailchimp", cron_expression="0 9 * * *")
config = post_recurring.sync(client=client, body=duty).recurring_config
schedules = get_schedules.sync(client=client).schedules
made = post_recurring_generate.sync(client=client, body=PostRecurringGenerateBody(start_date=today, end_date=today))
tasks = get_tasks.sync(client=client, date=today).tasks
body = PostFilesBody(task_id=tasks[0].id, file=File(payload=io.BytesIO(content.encode()), file_name="notes.txt"))
file = post_files.sync(client=client, body=body).file
download = get_files_file_id_download.sync(file.id, client=client)
done = post_tasks_task_id_completion.sync(tasks[0].id, client=client, body=CompleteTask(comment="Backed up"))
home = get_home.sync(client=client).home
export = get_export.sync(client=client)

json.dump(
    {
        "me": me.user.email,
        "config": config.id,
        "schedules": [row.id for row in schedules],
        "generated": [task.id for task in made.generated],
        "tasks": [task.id for task in tasks],
        "download": download.payload.read().decode(),
        "status": done.status,
        "done": home.done_today.count,
        "export": export.payload.read(4).hex(),
    },
    sys.stdout,
)
