"""FC's limits: what is allowed at each end, and the sentence for what is beyond it."""

from typing import Any

import pytest
from fc_async_tasks import (
    AsyncTaskArgs,
    TaskFunctionArgs,
    TaskLogsArgs,
    TaskQueueArgs,
    TaskRoleArgs,
    TaskTimerArgs,
)
from fc_async_tasks.arguments import setting
from fc_async_tasks.limits import LIMITS, cpu_refusal
from fc_async_tasks.runtimes import RUNTIMES

ARN = "acs:mns:cn-hangzhou:1:/queues/q/messages"
LAYER = "acs:fc:cn-hangzhou:1:layers/shared/versions/1"
VPC = {"vpc_id": "vpc-1a", "vswitch_ids": ["vsw-1a"], "security_group_id": "sg-1a"}
NAS = {"server_addr": "1a-x.cn-hangzhou.nas.aliyuncs.com:/", "mount_dir": "/mnt/nas"}
OSS = {"bucket_name": "films", "endpoint": "http://oss.example", "mount_dir": "/mnt/films"}
CHECK = {
    "http_get_url": "/health",
    "initial_delay_seconds": 0,
    "period_seconds": 1,
    "timeout_seconds": 3,
    "failure_threshold": 120,
    "success_threshold": 1,
}

# For each argument: values that are allowed, at the ends of the range where it has ends.
ALLOWED: "dict[str, list[Any]]" = {
    "function_name": ["a", "_", "my-fc-job", "A" * 64],
    "handler": ["index.handler", "pkg/index.handler", "pkg.index.handler", "example.App::handle"],
    "runtime": list(RUNTIMES),
    "memory_size": [128, 192, 32768, 128.0],
    "cpu": [0.05, 0.15, 0.35, 1, 16, 16.0],
    "disk_size": [512, 10240, 512.0],
    "timeout": [1, 60, 86400],
    "instance_concurrency": [1, 200],
    "internet_access": [True, False],
    "environment_variables": [{}, {"A_1": "x" * 4093}],
    "log_project": ["abc", "a" * 63],
    "logstore": ["a_c", "a" * 63],
    "request_metrics": [True, False],
    "instance_metrics": [True, False],
    "role_arn": ["acs:ram::1234567890123456:role/aliyunfcdefaultrole"],
    "async_task": [True, False],
    "max_async_event_age_in_seconds": [1, 172800, 604800],
    "max_async_retry_attempts": [0, 8],
    "qualifier": ["LATEST"],
    "on_success": ["queue", "none", ARN],
    "on_failure": ["queue", "none", "acs:fc:::functions/next"],
    "success_destination": ["none", ARN],
    "failure_destination": ["none", "acs:mns:::/topics/t/messages"],
    "role_name": ["a", "runs.my-job", "a" * 64],
    "policy": ["least", "guide", "system"],
    "queue_name": ["q", "1-q", "q" * 120],
    "existing_queue": ["q", ARN],
    "message_retention_period": [60, 604800],
    "visibility_timeout": [1, 43200],
    "polling_wait_seconds": [0, 30],
    "log_project_name": ["a1b"],
    "logstore_name": ["a_b-c"],
    "existing_log_project": ["a1b"],
    "existing_logstore": ["a_b"],
    "log_retention_days": [1, 3650],
    "tags": [{}, {"team": "media"}],
    "description": ["", "two\nlines", "x" * 256],
    "logging": [True, False],
    "install_requirements": [True, False],
    "code_from_oss": [
        {"bucket_name": "abc", "object_name": "a"},
        {"bucket_name": "code-1", "object_name": "x/code.zip", "checksum": "18446744073709551615"},
    ],
    "layers": [[], [LAYER] * 5],
    "vpc_config": [VPC, {**VPC, "vswitch_ids": ["vsw-1a"] * 20}],
    "custom_dns": [
        {"name_servers": ["192.0.2.1"] * 3, "searches": ["a"] * 6},
        {"dns_options": [{"name": "ndots", "value": "2"}, {"name": "rotate"}]},
    ],
    "nas_config": [
        {"mount_points": [NAS]},
        {"mount_points": [{**NAS, "enable_tls": True}] * 5, "user_id": -1, "group_id": 65534},
    ],
    "oss_mount_config": [
        {"mount_points": [OSS]},
        {"mount_points": [{**OSS, "bucket_path": "/a", "read_only": True}] * 5},
    ],
    "oss_mount_points": [[OSS], [OSS] * 5],
    "gpu_config": [
        {"gpu_type": "fc.gpu.tesla.1", "gpu_memory_size": 1024},
        {"gpu_type": "g1", "gpu_memory_size": 98304},
    ],
    "custom_runtime_config": [
        {"commands": ["python3", "a.py"], "args": ["x"] * 50, "port": 1},
        {"port": 65535, "health_check_config": CHECK},
    ],
    "custom_container_config": [
        {"image": "registry.example/team/films:1"},
        {"image": "r/f", "entrypoints": ["a"], "commands": ["b"], "port": 9000},
        {"image": "r/f", "health_check_config": CHECK},
    ],
    "instance_lifecycle_config": [
        {"initializer": {"handler": "index.initialize", "timeout": 600}},
        {"initializer": {"commands": ["./warm-up"], "timeout": 1}},
        {"pre_stop": {"handler": "index.stop", "timeout": 900}},
    ],
    "instance_isolation_mode": ["SHARE", "SESSION_EXCLUSIVE", "REQUEST_EXCLUSIVE"],
    "idle_timeout": [1, 86400],
    "resource_group_id": ["rg-acfm1a2b"],
    "reserved_concurrency": [0, 100000],
    "publish_version": [True, False],
    "keep_versions": [True, False],
    "keep_data": [True, False],
    "alias": [
        {"alias_name": "prod"},
        {"alias_name": "_", "description": "x", "additional_version_weight": {"3": 0.05}},
    ],
    "trigger_name": ["nightly", "_", "a" * 128],
    "cron_expression": ["0 0 2 * * *", "@every 1m", "CRON_TZ=Asia/Shanghai 0 0 4 1 * *"],
    "payload": ["", "x" * 131072],
    "enable": [True, False],
}

# For each argument: values beyond the ends, and of the wrong kind.
REFUSED: "dict[str, list[Any]]" = {
    "function_name": ["", "1a", "-a", "my job", "A" * 65, 5, "a\n"],
    "handler": ["", "index", ".handler", "index.", "in dex.handler", 1],
    "runtime": ["python", "python2.7", "container", "", 3],
    "memory_size": [64, 127, 129, 32832, "128", True, 128.5],
    "cpu": [0, 0.04, 0.07, 16.05, -1, "0.1", True, float("nan"), float("inf")],
    "disk_size": [511, 1024, "512", None],
    "timeout": [0, 86401, -1, 1.5, "60", False],
    "instance_concurrency": [0, 201],
    "internet_access": ["true", 1],
    "environment_variables": [{"FC_X": "1"}, {"1A": "x"}, {"A-B": "x"}, {"A": "x" * 4096}, "A=1"],
    "log_project": ["ab", "a" * 64, "a_b", "Abc"],
    "logstore": ["ab", "_ab", "Abc"],
    "request_metrics": [0],
    "instance_metrics": ["no"],
    "role_arn": ["runs", "acs:ram::x:role/runs", ""],
    "async_task": ["yes"],
    "max_async_event_age_in_seconds": [0, 604801],
    "max_async_retry_attempts": [-1, 9],
    "qualifier": ["1", "prod", ""],
    "on_success": ["Queue", "", "acs:mns:::/queues/q", 1],
    "on_failure": ["my-queue", "acs:oss:::bucket"],
    "success_destination": ["queue", ""],
    "failure_destination": ["queue"],
    "role_name": ["", "a_b", "a" * 65],
    "policy": ["Least", "", "none"],
    "queue_name": ["", "-q", "a_b", "q" * 121],
    "existing_queue": ["a_b", "acs:mns:::/topics/t/messages", "acs:fc:::functions/f", ""],
    "message_retention_period": [59, 604801],
    "visibility_timeout": [0, 43201],
    "polling_wait_seconds": [-1, 31],
    "log_project_name": ["a"],
    "logstore_name": ["a"],
    "existing_log_project": [""],
    "existing_logstore": [""],
    "log_retention_days": [0, 3651],
    "tags": [{f"t{n}": "" for n in range(21)}, {"acs:x": ""}, {"": "x"}, ["team"]],
    "description": ["x" * 257, 1],
    "logging": ["no"],
    "install_requirements": ["yes", 1],
    "code_from_oss": [
        {"bucket_name": "ab", "object_name": "a"},
        {"bucket_name": "abc"},
        {"object_name": "a"},
        {"bucket_name": "abc", "object_name": "/a"},
        {"bucket_name": "abc", "object_name": "a", "checksum": "x"},
        "oss://abc/a",
    ],
    "layers": [[LAYER] * 6, ["shared"], LAYER],
    "vpc_config": [
        {**VPC, "vpc_id": "1a"},
        {**VPC, "vswitch_ids": []},
        {**VPC, "vswitch_ids": ["1a"]},
        {**VPC, "vswitch_ids": ["vsw-1a"] * 21},
        {**VPC, "security_group_id": "1a"},
        {**VPC, "vswitch_id": "vsw-1a"},
        {"vpc_id": "vpc-1a"},
        "vpc-1a",
    ],
    "custom_dns": [
        {},
        {"name_servers": []},
        {"name_servers": ["192.0.2.1"] * 4},
        {"name_servers": [""]},
        {"searches": ["a"] * 7},
        {"dns_options": [{"value": "2"}]},
        {"dns_options": [{"name": "a"}] * 11},
        {"dns_options": [{"name": "a", "value": ""}]},
    ],
    "nas_config": [
        {},
        {"mount_points": []},
        {"mount_points": [NAS] * 6},
        {"mount_points": [{**NAS, "server_addr": "x"}]},
        {"mount_points": [{**NAS, "mount_dir": "mnt"}]},
        {"mount_points": [{**NAS, "mount_dir": "/"}]},
        {"mount_points": [{**NAS, "enable_tls": "yes"}]},
        {"mount_points": [NAS], "user_id": -2},
        {"mount_points": [NAS], "group_id": 65535},
    ],
    "oss_mount_config": [
        {},
        {"mount_points": []},
        {"mount_points": [OSS] * 6},
        {"mount_points": [{**OSS, "bucket_name": "A"}]},
        {"mount_points": [{**OSS, "bucket_path": "films"}]},
        {"mount_points": [{**OSS, "endpoint": ""}]},
        {"mount_points": [{**OSS, "read_only": 1}]},
    ],
    "oss_mount_points": [[], [OSS] * 6, [{**OSS, "mount_dir": "x"}], OSS],
    "gpu_config": [
        {"gpu_type": "fc.gpu.tesla.1"},
        {"gpu_type": "t4", "gpu_memory_size": 1024},
        {"gpu_type": "g1", "gpu_memory_size": 1000},
        {"gpu_type": "g1", "gpu_memory_size": 99328},
    ],
    "custom_runtime_config": [
        {},
        {"port": None},
        {"commands": "python3 a.py"},
        {"commands": ["x"] * 51},
        {"args": [1]},
        {"port": 0},
        {"port": 65536},
        {"command": ["x"]},
        *(
            {"health_check_config": {**CHECK, name: value}}
            for name, value in (
                ("http_get_url", "health"),
                ("initial_delay_seconds", 121),
                ("period_seconds", 0),
                ("timeout_seconds", 4),
                ("failure_threshold", 0),
                ("success_threshold", 121),
            )
        ),
    ],
    "custom_container_config": [
        {},
        {"image": "films"},
        {"image": "r/f", "port": 0},
        {"image": "r/f", "entrypoints": [""]},
        {"image": "r/f", "commands": ["x"] * 51},
        {"image": "r/f", "health_check_config": {"timeout_seconds": 0}},
    ],
    "instance_lifecycle_config": [
        {},
        {"initializer": {}},
        {"initializer": {"timeout": 601}},
        {"initializer": {"handler": "a b"}},
        {"initializer": {"commands": ["x"] * 51}},
        {"pre_stop": {"timeout": 1}},
        {"pre_stop": {"handler": "a.b", "timeout": 901}},
        {"prestop": {"handler": "a.b"}},
    ],
    "instance_isolation_mode": ["share", ""],
    "idle_timeout": [0, 86401],
    "resource_group_id": ["acfm1a2b", ""],
    "reserved_concurrency": [-1, 100001],
    "publish_version": ["yes"],
    "keep_versions": [1],
    "keep_data": ["no", 0],
    "alias": [
        {},
        {"alias_name": "LATEST"},
        {"alias_name": "1"},
        {"alias_name": "prod", "description": "x" * 257},
        {"alias_name": "prod", "additional_version_weight": {"3": 1.1}},
        {"alias_name": "prod", "additional_version_weight": {"3": 0.1, "4": 0.1}},
        {"alias_name": "prod", "additional_version_weight": {"old": 0.1}},
        "prod",
    ],
    "trigger_name": ["1st", "", "a" * 129],
    "cron_expression": ["0 2 * * *", "@daily", 5, "60 0 2 * * *"],
    "payload": ["x" * 131073, {"a": 1}],
    "enable": ["true"],
}


def test_every_limit_is_tested() -> None:
    assert ALLOWED.keys() == REFUSED.keys() == LIMITS.keys()


def test_every_argument_has_a_limit_but_those_checked_elsewhere() -> None:
    arguments = {
        argument
        for kind in (
            AsyncTaskArgs,
            TaskFunctionArgs,
            TaskLogsArgs,
            TaskQueueArgs,
            TaskRoleArgs,
            TaskTimerArgs,
        )
        for argument in kind.__annotations__
    }
    # The code folder and the destinations are read, not matched.
    assert arguments - LIMITS.keys() == {"code_path", "destinations"}
    assert LIMITS.keys() <= arguments


@pytest.mark.parametrize(
    ("argument", "value"), [(name, value) for name in ALLOWED for value in ALLOWED[name]]
)
def test_what_is_allowed(argument: str, value: object) -> None:
    assert LIMITS[argument].refusal(value) is None


@pytest.mark.parametrize(
    ("argument", "value"), [(name, value) for name in REFUSED for value in REFUSED[name]]
)
def test_what_is_refused_is_one_sentence_that_begins_with_the_setting(
    argument: str, value: object
) -> None:
    sentence = LIMITS[argument].refusal(value)

    assert sentence is not None
    assert sentence.startswith((f"{setting(argument)} ", f"{setting(argument)}."))
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("argument", "value", "sentence"),
    [
        (
            "memory_size",
            100,
            "memorySize is 100 MB: it must be a multiple of 64 MB from 128 to 32768 MB.",
        ),
        ("cpu", 0.07, "cpu is 0.07: it must be a multiple of 0.05 from 0.05 to 16 vCPU."),
        ("disk_size", 1024, "diskSize is 1024: it must be 512 or 10240 MB."),
        (
            "instance_concurrency",
            201,
            "instanceConcurrency is 201 requests: it must be a whole number from 1 to 200 "
            "requests.",
        ),
        (
            "max_async_event_age_in_seconds",
            604801,
            "maxAsyncEventAgeInSeconds is 604801 seconds: it must be a whole number from 1 to "
            "604800 seconds.",
        ),
        (
            "max_async_retry_attempts",
            9,
            "maxAsyncRetryAttempts is 9 retries: it must be a whole number from 0 to 8 retries.",
        ),
        (
            "timeout",
            "sixty",
            "timeout is 'sixty': it must be a whole number from 1 to 86400 seconds.",
        ),
        ("internet_access", "yes", "internetAccess is 'yes': it must be true or false."),
        (
            "environment_variables",
            {"A": "x" * 4096},
            "environmentVariables hold 4097 bytes of names and values: all together may hold 4096 "
            "bytes.",
        ),
        ("tags", {f"t{n}": "" for n in range(21)}, "tags are 21: a resource may have 20."),
    ],
)
def test_the_sentence_has_setting_value_and_range(
    argument: str, value: object, sentence: str
) -> None:
    assert LIMITS[argument].refusal(value) == sentence


def test_a_long_value_is_shown_in_part() -> None:
    sentence = LIMITS["function_name"].refusal("x" * 1000)

    assert sentence is not None
    assert "(1000 characters)" in sentence
    assert len(sentence) < 300


@pytest.mark.parametrize(
    ("cpu", "memory_size"),
    [(0.05, 128), (0.1, 128), (0.05, 192), (0.15, 192), (1, 1024), (1, 4096), (16, 32768)],
)
def test_a_ratio_from_one_to_one_to_one_to_four_is_allowed(cpu: float, memory_size: int) -> None:
    assert cpu_refusal(cpu, memory_size) is None


@pytest.mark.parametrize(
    ("cpu", "memory_size", "lowest", "highest"),
    [
        (0.15, 128, "0.05", "0.1"),
        (1, 960, "0.25", "0.9"),
        (1, 4160, "1.05", "4.05"),
        (7.95, 32768, "8", "16"),
    ],
)
def test_another_ratio_is_refused_with_the_range_of_cpu(
    cpu: float, memory_size: int, lowest: str, highest: str
) -> None:
    assert cpu_refusal(cpu, memory_size) == (
        f"cpu is {cpu:g} vCPU with memorySize {memory_size} MB: the ratio of vCPU to GB must be "
        f"from 1:1 to 1:4, so with this memory cpu must be from {lowest} to {highest} vCPU."
    )
