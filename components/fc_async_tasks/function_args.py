"""What a TaskFunction is made of: its arguments, and the defaults of those that have one."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import pulumi

from .gpu import GpuConfig
from .lifecycle import InstanceLifecycleConfig
from .mounts import NasConfig, OssMountConfig
from .oss_code import CodeFromOss
from .runtimes import CustomContainerConfig, CustomRuntimeConfig
from .versions import FunctionAlias
from .vpc import CustomDns, VpcConfig

if sys.version_info >= (3, 11):
    from typing import Required
else:
    from typing_extensions import Required


class TaskFunctionArgs(TypedDict, total=False):
    """What a TaskFunction is made of; the defaults are those of the guide where it has one."""

    code_path: str
    """Folder of the function's code, relative to the folder of the Pulumi project. It is read when
    the program runs, so it cannot be an output. Code comes from here, `code_from_oss` or the image
    of `custom_container_config`: one of the three."""
    install_requirements: bool
    """Whether the packages of `requirements.txt` in `code_path` are installed into the archive, as
    wheels for the runtime's Python on Linux x86_64, from pip's own indexes; uv must be there.
    Default: true for the runtimes python3 to python3.12; the others have no such packages."""
    code_from_oss: pulumi.Input[CodeFromOss]
    """Archive in OSS, in place of `code_path`: for code of more than 75 MB packed, up to 500 MB."""
    layers: pulumi.Input[Sequence[pulumi.Input[str]]]
    """ARNs of versions of layers, found under /opt in this order: up to 5."""
    role_arn: Required[pulumi.Input[str]]
    """ARN of the RAM role that the function runs as."""
    function_name: pulumi.Input[str]
    """Name of the function: 1 to 64 letters, digits, `_` and `-`, beginning with a letter or `_`.
    Default: this component's name."""
    description: pulumi.Input[str]
    """What the function is for: up to 256 characters. Default: none."""
    handler: pulumi.Input[str]
    """`<file>.<function>`, the file without suffix and relative to `code_path`. Default:
    index.handler."""
    runtime: pulumi.Input[str]
    """Runtime of the function, as python3 (Python 3.6), python3.12, nodejs20, custom.debian12 or
    custom-container. Default: python3."""
    memory_size: pulumi.Input[int]
    """MB of memory: a multiple of 64 from 128 to 32768. Default: 128."""
    cpu: pulumi.Input[float]
    """vCPU: a multiple of 0.05 from 0.05 to 16, and from 1:1 to 1:4 in vCPU to GB of memory.
    Default: what Function Compute gives to this memory."""
    disk_size: pulumi.Input[int]
    """MB of disk: 512 or 10240. Default: 512."""
    timeout: pulumi.Input[int]
    """Seconds that one execution may take: 1 to 86400. Default: 60."""
    instance_concurrency: pulumi.Input[int]
    """Requests that one instance serves at a time: 1 to 200. Default: 1."""
    internet_access: pulumi.Input[bool]
    """Whether the function reaches the public network. Default: true."""
    environment_variables: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    """Environment of the function: at most 4096 bytes of names and values. Names begin with a
    letter and not with `FC_`. A secret stays one in state and output."""
    vpc_config: pulumi.Input[VpcConfig]
    """VPC that the function reaches. Default: none."""
    custom_dns: pulumi.Input[CustomDns]
    """Name servers that the function asks. Default: Function Compute's own."""
    nas_config: pulumi.Input[NasConfig]
    """NAS file systems that the function sees as folders; `vpc_config` must be set too."""
    oss_mount_config: pulumi.Input[OssMountConfig]
    """Buckets of OSS that the function sees as folders. Its role needs permission for them."""
    gpu_config: pulumi.Input[GpuConfig]
    """GPU of the function. Default: none."""
    custom_runtime_config: pulumi.Input[CustomRuntimeConfig]
    """Server of a function with a runtime custom, custom.debian10 and so on."""
    custom_container_config: pulumi.Input[CustomContainerConfig]
    """Image of a function with the runtime custom-container, which then needs no code."""
    instance_lifecycle_config: pulumi.Input[InstanceLifecycleConfig]
    """What runs when an instance begins and ends. Default: nothing."""
    instance_isolation_mode: pulumi.Input[str]
    """Who shares an instance: SHARE (everybody), SESSION_EXCLUSIVE or REQUEST_EXCLUSIVE. Default:
    Function Compute's, SHARE."""
    idle_timeout: pulumi.Input[int]
    """Seconds that an idle instance is kept: 1 to 86400. The provider replaces the function when it
    changes. Default: Function Compute's own."""
    resource_group_id: pulumi.Input[str]
    """Id of the function's resource group, as rg-... Default: the account's default one."""
    log_project: pulumi.Input[str]
    """Log Service project of the logstore. Set it together with `logstore`, or neither."""
    logstore: pulumi.Input[str]
    """Logstore that the function's output is written to. Default: none, and the output is lost."""
    request_metrics: pulumi.Input[bool]
    """Whether a record is logged for each request; without them the console cannot tell the
    attempts of one task apart. Default: true."""
    instance_metrics: pulumi.Input[bool]
    """Whether CPU and memory of the instances are logged as well. Default: false."""

    reserved_concurrency: pulumi.Input[int]
    """Instances that are kept for this function, and the most it may have: 0 (it cannot be called)
    to what the account's quota allows. Default: none are kept, and the account's quota is the
    limit."""
    publish_version: bool
    """Whether a version is published of each change of code or configuration. Default: whether
    `alias` is set."""
    keep_versions: bool
    """Whether earlier versions stay when a new one is published, to go back to. They are then no
    part of the stack any more. Default: false."""
    alias: pulumi.Input[FunctionAlias]
    """Name that calls the version published last. Default: none."""

    async_task: pulumi.Input[bool]
    """Whether asynchronous invocations are tasks that can be listed, stopped and followed. Default:
    true."""
    max_async_event_age_in_seconds: pulumi.Input[int]
    """Seconds that an event may wait before it expires: 1 to 604800. Default: 172800. Above 86400
    the provider wants TF_SKIP_RESOURCE_SCHEMA_VALIDATION=true in its environment."""
    max_async_retry_attempts: pulumi.Input[int]
    """Attempts after the first has failed: 0 to 8. Default: 1."""
    qualifier: pulumi.Input[str]
    """What the configuration is for: LATEST, the only one that the provider can read."""
    success_destination: pulumi.Input[str]
    """Destination ARN (queue, topic or function) for results of successes, or `none`, the default.
    """
    failure_destination: pulumi.Input[str]
    """Destination ARN for results of failures, stops and expiries, or `none`, the default: these
    tasks are then discarded in silence."""
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    """Tags on the function: up to 20."""


REQUIRED = ("role_arn",)

DEFAULTS: Mapping[str, Any] = {
    "handler": "index.handler",
    "runtime": "python3",
    "memory_size": 128,
    "disk_size": 512,
    "timeout": 60,
    "instance_concurrency": 1,
    "internet_access": True,
    "request_metrics": True,
    "instance_metrics": False,
    "async_task": True,
    "max_async_event_age_in_seconds": 172800,
    "max_async_retry_attempts": 1,
    "qualifier": "LATEST",
    "success_destination": "none",
    "failure_destination": "none",
}
"""The guide's values, and Function Compute's own where the guide has none."""
