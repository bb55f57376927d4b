"""What AsyncTask refuses: parts that do not go together."""

from typing import Any

import pulumi
import pytest

from tests.unit.components.deployment import Deploy
from tests.unit.components.whole_task import task

BOTH = (
    "{0} and {1} are both set: {0} takes what exists, {1} is for what is made here; "
    "leave one of them out."
)

NO_QUEUE = "{} is set, but neither onSuccess nor onFailure is 'queue': leave it out."


@pytest.mark.parametrize(
    ("args", "sentences"),
    [
        (
            {"role_arn": "acs:ram::1:role/runs", "role_name": "runs", "policy": "least"},
            [BOTH.format("roleArn", "roleName"), BOTH.format("roleArn", "policy")],
        ),
        (
            {"existing_queue": "q", "queue_name": "q", "message_retention_period": 60},
            [
                BOTH.format("existingQueue", "queueName"),
                BOTH.format("existingQueue", "messageRetentionPeriod"),
            ],
        ),
        (
            {
                "existing_log_project": "logs",
                "existing_logstore": "lines",
                "log_project_name": "logs",
                "logstore_name": "lines",
                "log_retention_days": 1,
            },
            [
                BOTH.format("existingLogProject", other)
                for other in ("logProjectName", "logstoreName", "logRetentionDays")
            ],
        ),
        (
            {"existing_logstore": "lines"},
            [
                "existingLogProject and existingLogstore belong together: set both of them, or "
                "neither."
            ],
        ),
        (
            {"logging": False, "logstore_name": "lines"},
            ["logstoreName is set, but logging is false: leave one of them out."],
        ),
        (
            {"on_success": "none", "on_failure": "none", "queue_name": "q"},
            [NO_QUEUE.format("queueName")],
        ),
        (
            {"on_success": "none", "on_failure": "none", "existing_queue": "q"},
            [NO_QUEUE.format("existingQueue")],
        ),
        (
            {"existing_queue": "acs:mns:::/topics/t/messages"},
            [
                "existingQueue is 'acs:mns:::/topics/t/messages': it must be a queue's name or "
                "its destination acs:mns:<region>:<account>:/queues/<queue>/messages."
            ],
        ),
        (
            {"qualifier": "prod"},
            [
                "qualifier is 'prod': it must be LATEST, as the provider reads the asynchronous "
                "configuration of LATEST only."
            ],
        ),
        (
            {"code_path": None},
            ["codePath is missing: set it to the folder of the code, or set codeFromOss."],
        ),
    ],
)
def test_what_is_refused(deploy: Deploy, args: "dict[str, Any]", sentences: "list[str]") -> None:
    with pytest.raises(pulumi.RunError) as refused:
        deploy(lambda: task(**args))

    assert str(refused.value).splitlines() == sentences
