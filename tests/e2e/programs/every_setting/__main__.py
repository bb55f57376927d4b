"""Every setting that a cloud receives, on as few functions as can have them all."""

import base64
import io
import zipfile

import pulumi
import pulumi_alicloud as alicloud
from fc_async_tasks import AsyncTask, TaskFunction, TaskLogs, TaskQueue, TaskTimer

config = pulumi.Config()
TAGS = {"team": "films"}

results = TaskQueue("results", {"queue_name": "all-results", "keep_data": False, "tags": TAGS})
logs = TaskLogs(
    "logs", {"log_project_name": "every-setting-logs", "keep_data": False, "tags": TAGS}
)
alicloud.message.ServiceTopic("done", topic_name="done")

packed = io.BytesIO()
with zipfile.ZipFile(packed, "w") as layer_files:
    layer_files.writestr(zipfile.ZipInfo("python/shared_layer.py"), "NUMBER = 7\n")
layer = alicloud.fc.V3LayerVersion(
    "shared",
    layer_name="shared",
    compatible_runtimes=["python3.12"],
    code=alicloud.fc.V3LayerVersionCodeArgs(zip_file=base64.b64encode(packed.getvalue()).decode()),
    # The provider reads it though nobody set it, and would make another version of the layer.
    opts=pulumi.ResourceOptions(ignore_changes=["acl"]),
)

archive = AsyncTask(
    "archive",
    {
        "code_path": "server",
        "function_name": "archive",
        "runtime": "custom.debian12",
        "custom_runtime_config": {
            "commands": ["python3", "/code/server.py"],
            "args": ["--quiet"],
            "port": 9000,
            "health_check_config": {
                "http_get_url": "/",
                "initial_delay_seconds": 1,
                "period_seconds": 3,
                "timeout_seconds": 1,
                "failure_threshold": 4,
                "success_threshold": 1,
            },
        },
        "existing_log_project": logs.log_project,
        "existing_logstore": logs.logstore,
        "on_success": "acs:mns:::/topics/done/messages",
        "on_failure": "none",
        "max_async_event_age_in_seconds": 3600,
    },
)
films = AsyncTask(
    "films",
    {
        "code_path": "films",
        "function_name": "films",
        "description": config.get("description") or "films",
        "handler": "index.handler",
        "runtime": "python3.12",
        "memory_size": 512,
        "cpu": 0.5,
        "disk_size": 10240,
        "timeout": 30,
        "instance_concurrency": 2,
        "internet_access": False,
        "environment_variables": {"TOKEN": config.require_secret("token"), "MODE": "fast"},
        "layers": [layer.layer_version_arn],
        "vpc_config": {
            "vpc_id": "vpc-1a2b",
            "vswitch_ids": ["vsw-1a2b", "vsw-3c4d"],
            "security_group_id": "sg-1a2b",
        },
        "custom_dns": {
            "name_servers": ["192.0.2.53"],
            "searches": ["films.example"],
            "dns_options": [{"name": "ndots", "value": "2"}],
        },
        "nas_config": {
            "user_id": 1000,
            "group_id": 1001,
            "mount_points": [
                {
                    "server_addr": "1a2b-x.cn-hangzhou.nas.aliyuncs.com:/films",
                    "mount_dir": "/mnt/nas",
                    "enable_tls": True,
                }
            ],
        },
        "oss_mount_config": {
            "mount_points": [
                {
                    "bucket_name": "raw-films",
                    "bucket_path": "/2026",
                    "endpoint": "http://oss-cn-hangzhou-internal.aliyuncs.com",
                    "mount_dir": "/mnt/raw",
                    "read_only": True,
                }
            ]
        },
        "gpu_config": {"gpu_type": "fc.gpu.ada.1", "gpu_memory_size": 49152},
        "instance_lifecycle_config": {
            "initializer": {"handler": "index.initialize", "timeout": 20},
            "pre_stop": {"handler": "index.stop", "timeout": 10},
        },
        "instance_isolation_mode": "SHARE",
        "idle_timeout": 600,
        "resource_group_id": "rg-films",
        "request_metrics": False,
        "instance_metrics": True,
        "reserved_concurrency": 5,
        "alias": {"alias_name": "prod", "description": "what customers call"},
        "max_async_event_age_in_seconds": 7200,
        "max_async_retry_attempts": 2,
        "on_success": archive.function_arn,
        "on_failure": "queue",
        "existing_queue": results.destination_arn,
        "existing_log_project": logs.log_project,
        "existing_logstore": logs.logstore,
        "role_name": "films-role",
        "tags": TAGS,
    },
)
TaskTimer(
    "nightly",
    {
        "function_name": films.function_name,
        "cron_expression": config.require("schedule"),
        "payload": '{"reel":1}',
        "description": "a reel a day",
    },
)
AsyncTask(
    "image",
    {
        "function_name": "image",
        "runtime": "custom-container",
        "custom_container_config": {
            "image": "registry-vpc.cn-hangzhou.aliyuncs.com/team/films:1.4",
            "entrypoints": ["python3"],
            "commands": ["server.py"],
            "port": 8080,
            "health_check_config": {"http_get_url": "/health"},
        },
        "existing_queue": results.queue_name,
        "existing_log_project": logs.log_project,
        "existing_logstore": logs.logstore,
        "role_arn": films.role_arn,
        "max_async_event_age_in_seconds": 3600,
    },
)

if config.get_bool("fromOss"):
    TaskFunction(
        "from-oss",
        {
            "code_from_oss": {
                "bucket_name": "code-of-films",
                "object_name": "films-1.4.zip",
                "checksum": "6150630341098459731",
            },
            "role_arn": films.role_arn,
            "max_async_event_age_in_seconds": 3600,
        },
    )

for each, value in {
    "accountId": films.account_id,
    "region": films.region,
    "functionName": films.function_name,
    "queueName": films.queue_name,
    "logProject": films.log_project,
    "logstore": films.logstore,
    "versionId": films.version_id,
    "token": config.require_secret("token"),
}.items():
    pulumi.export(each, value)
