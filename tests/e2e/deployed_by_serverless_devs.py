"""What `s deploy` leaves in the cloud, made with the official SDKs as devsapp/fc3 makes it."""

import base64
import io
import json
import zipfile
from pathlib import Path
from typing import Any

from alibabacloud_fc20230330 import models as fc
from alibabacloud_fc20230330.client import Client as FunctionCompute
from alibabacloud_ram20150501 import models as ram
from alibabacloud_ram20150501.client import Client as AccessManagement
from mns.account import Account
from mns.queue import QueueMeta

from tests.running_cloud import ACCOUNT_ID, REGION, RunningCloud

ROLE = f"acs:ram::{ACCOUNT_ID}:role/aliyunfcdefaultrole"
DESTINATION = f"acs:mns:{REGION}:{ACCOUNT_ID}:/queues/results/messages"

# The component fc3 sends these with every function, empty where s.yaml does not have them.
EMPTY: dict[str, Any] = {
    "vpcConfig": {"securityGroupId": "", "vSwitchIds": [], "vpcId": ""},
    "ossMountConfig": {"mountPoints": []},
    "nasConfig": {"groupId": 0, "userId": 0, "mountPoints": []},
    "logConfig": {
        "enableInstanceMetrics": False,
        "enableRequestMetrics": False,
        "logBeginRule": "None",
        "logstore": "",
        "project": "",
    },
    "environmentVariables": {},
    "layers": [],
    "instanceIsolationMode": "SHARE",
    "sessionAffinity": "NONE",
}

GUIDES_FUNCTION: dict[str, Any] = {
    "description": "this is test",
    "handler": "index.handler",
    "memorySize": 128,
    "runtime": "python3",
    "instanceConcurrency": 1,
    "timeout": 60,
    "internetAccess": True,
    "role": ROLE,
}

GUIDES_CONFIGURATION: dict[str, Any] = {
    "maxAsyncEventAgeInSeconds": 172800,
    "maxAsyncRetryAttempts": 1,
    "asyncTask": True,
    "destinationConfig": {
        "onSuccess": {"destination": DESTINATION},
        "onFailure": {"destination": DESTINATION},
    },
}


class Deployed:
    """The account that Serverless Devs deploys to."""

    def __init__(self, cloud: RunningCloud) -> None:
        self._cloud = cloud
        self.functions = FunctionCompute(cloud.config())

    def role_and_queue(self) -> None:
        """What the guide has one make by hand: the role and the queue `results`."""
        statement = {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": ["fc.aliyuncs.com"]},
        }
        roles = AccessManagement(self._cloud.config())
        roles.create_role(
            ram.CreateRoleRequest(
                role_name="aliyunfcdefaultrole",
                assume_role_policy_document=json.dumps({"Version": "1", "Statement": [statement]}),
            )
        )
        roles.attach_policy_to_role(
            ram.AttachPolicyToRoleRequest(
                policy_type="System",
                policy_name="AliyunFCDefaultRolePolicy",
                role_name="aliyunfcdefaultrole",
            )
        )
        queues = Account(self._cloud.url, self._cloud.key, self._cloud.secret)
        queues.get_queue("results").create(QueueMeta())

    def logstore(self, project: str, logstore: str) -> None:
        """A project and a logstore that a function's logConfig names."""
        logs = self._cloud.log_client()
        logs.create_project(project, "")
        logs.create_logstore(project, logstore)

    def function(self, name: str, code: Path, **properties: Any) -> None:
        """A function as fc3 creates it, its code in a compressed archive of its own."""
        wanted = {**EMPTY, **properties, "functionName": name, "code": {"zipFile": archive(code)}}
        self.functions.create_function(
            fc.CreateFunctionRequest(body=fc.CreateFunctionInput().from_map(wanted))
        )

    def asynchronous(self, name: str, **configuration: Any) -> None:
        """Its asynchronous configuration, for LATEST."""
        self.functions.put_async_invoke_config(
            name,
            fc.PutAsyncInvokeConfigRequest(
                qualifier="LATEST",
                body=fc.PutAsyncInvokeConfigInput().from_map(
                    {"destinationConfig": {}, **configuration}
                ),
            ),
        )

    def timer(self, name: str, trigger: str, **configuration: Any) -> None:
        """A timer trigger of the function."""
        self.functions.create_trigger(
            name,
            fc.CreateTriggerRequest(
                body=fc.CreateTriggerInput(
                    trigger_name=trigger,
                    trigger_type="timer",
                    qualifier="LATEST",
                    description="",
                    trigger_config=json.dumps(configuration),
                )
            ),
        )

    def reserved(self, name: str, instances: int) -> None:
        """Its reserved instances."""
        self.functions.put_concurrency_config(
            name,
            fc.PutConcurrencyConfigRequest(
                body=fc.PutConcurrencyInput(reserved_concurrency=instances)
            ),
        )


def archive(code: Path) -> str:
    """The folder's files in a zip archive as Serverless Devs packs it: compressed, with times."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(code.rglob("*")):
            if path.is_file():
                packed.write(path, path.relative_to(code).as_posix())
    return base64.b64encode(data.getvalue()).decode()
