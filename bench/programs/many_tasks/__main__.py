"""So many AsyncTasks in one program."""

import pulumi
from fc_async_tasks import AsyncTask

for number in range(pulumi.Config().require_int("tasks")):
    AsyncTask(
        f"task{number}",
        {"code_path": "function_code", "max_async_event_age_in_seconds": 86400, "keep_data": False},
    )
