"""Every setting of a function, as a component takes it and as the provider then gets it."""

from typing import Any

LAYER = "acs:fc:cn-hangzhou:1234567890123456:layers/shared/versions/1"

# Those that a function of a Python runtime with a code folder can have all at once.
SETTINGS: "dict[str, Any]" = {
    "code_path": "code",
    "install_requirements": False,
    "function_name": "my-fc-job",
    "description": "this is test",
    "handler": "index.handler",
    "runtime": "python3.12",
    "memory_size": 1024,
    "cpu": 0.35,
    "disk_size": 10240,
    "timeout": 600,
    "instance_concurrency": 2,
    "internet_access": False,
    "environment_variables": {"MODE": "fast"},
    "layers": [LAYER],
    "vpc_config": {
        "vpc_id": "vpc-1a",
        "vswitch_ids": ["vsw-1a", "vsw-2b"],
        "security_group_id": "sg-1a",
    },
    "custom_dns": {
        "name_servers": ["192.0.2.53"],
        "searches": ["films.example"],
        "dns_options": [{"name": "ndots", "value": "2"}],
    },
    "nas_config": {
        "user_id": 1,
        "group_id": 2,
        "mount_points": [
            {"server_addr": "nas.example:/a", "mount_dir": "/mnt/nas", "enable_tls": True}
        ],
    },
    "oss_mount_config": {
        "mount_points": [
            {
                "bucket_name": "films",
                "bucket_path": "/raw",
                "endpoint": "http://oss.example",
                "mount_dir": "/mnt/oss",
                "read_only": True,
            }
        ]
    },
    "gpu_config": {"gpu_type": "fc.gpu.ada.1", "gpu_memory_size": 1024},
    "instance_lifecycle_config": {
        "initializer": {"handler": "index.handler", "timeout": 5, "commands": ["warm-up"]},
        "pre_stop": {"handler": "index.handler", "timeout": 6},
    },
    "instance_isolation_mode": "SHARE",
    "idle_timeout": 60,
    "resource_group_id": "rg-1a",
    "request_metrics": False,
    "instance_metrics": True,
    "reserved_concurrency": 5,
    "publish_version": True,
    "keep_versions": True,
    "alias": {
        "alias_name": "prod",
        "description": "for customers",
        "additional_version_weight": {"3": 0.05},
    },
    "async_task": False,
    "max_async_event_age_in_seconds": 3600,
    "max_async_retry_attempts": 0,
    "qualifier": "LATEST",
    "tags": {"team": "media"},
}

# What belongs to other runtimes, or stands in place of the code folder.
OTHERS = {"code_from_oss", "custom_runtime_config", "custom_container_config"}

FUNCTION_INPUTS: "dict[str, Any]" = {
    "functionName": "my-fc-job",
    "description": "this is test",
    "handler": "index.handler",
    "runtime": "python3.12",
    "memorySize": 1024,
    "cpu": 0.35,
    "diskSize": 10240,
    "timeout": 600,
    "instanceConcurrency": 2,
    "internetAccess": False,
    "environmentVariables": {"MODE": "fast"},
    "layers": [LAYER],
    "vpcConfig": {
        "vpcId": "vpc-1a",
        "vswitchIds": ["vsw-1a", "vsw-2b"],
        "securityGroupId": "sg-1a",
    },
    "customDns": {
        "nameServers": ["192.0.2.53"],
        "searches": ["films.example"],
        "dnsOptions": [{"name": "ndots", "value": "2"}],
    },
    "nasConfig": {
        "userId": 1,
        "groupId": 2,
        "mountPoints": [
            {"serverAddr": "nas.example:/a", "mountDir": "/mnt/nas", "enableTls": True}
        ],
    },
    "ossMountConfig": {
        "mountPoints": [
            {
                "bucketName": "films",
                "bucketPath": "/raw",
                "endpoint": "http://oss.example",
                "mountDir": "/mnt/oss",
                "readOnly": True,
            }
        ]
    },
    "gpuConfig": {"gpuType": "fc.gpu.ada.1", "gpuMemorySize": 1024},
    "instanceLifecycleConfig": {
        "initializer": {"handler": "index.handler", "timeout": 5, "commands": ["warm-up"]},
        "preStop": {"handler": "index.handler", "timeout": 6},
    },
    "instanceIsolationMode": "SHARE",
    "idleTimeout": 60,
    "resourceGroupId": "rg-1a",
    "tags": {"team": "media"},
}

LOG_CONFIG: "dict[str, Any]" = {
    "enableRequestMetrics": False,
    "enableInstanceMetrics": True,
    "logBeginRule": "None",
}
