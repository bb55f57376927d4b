"""File systems that a function sees as folders: NAS and OSS.

Follows "Configure a NAS file system" and "Configure an OSS file system" of Function Compute: five
mounts of each kind at most, no folder twice, and what the function's role needs for OSS.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, cast

import pulumi

from .destination import Statement
from .limit import Fields, Flag, Items, Text, WholeNumber
from .vpc import some_text

MOST = 5
"""Mounts of a kind that a function may have."""


class NasMountPoint(TypedDict, total=False):
    """A folder of a NAS file system, and where the function sees it."""

    server_addr: pulumi.Input[str]
    """Mount target and folder, as `1a2b3c-abc12.cn-hangzhou.nas.aliyuncs.com:/data`."""
    mount_dir: pulumi.Input[str]
    """Folder of the function, as `/mnt/data`."""
    enable_tls: pulumi.Input[bool]
    """Whether the way there is encrypted; general-purpose NAS only. Default: false."""


class NasConfig(TypedDict, total=False):
    """NAS file systems of a function, which reaches them through its VPC (`vpc_config`)."""

    mount_points: pulumi.Input[Sequence[pulumi.Input[NasMountPoint]]]
    """The mounts: 1 to 5."""
    user_id: pulumi.Input[int]
    """User that files are read and written as: -1 to 65534. Default: Function Compute's own."""
    group_id: pulumi.Input[int]
    """Group that files are read and written as: -1 to 65534. Default: Function Compute's own."""


class OssMountPoint(TypedDict, total=False):
    """A bucket of OSS, or a folder of it, and where the function sees it."""

    bucket_name: pulumi.Input[str]
    """Name of the bucket: 3 to 63 lower-case letters, digits and hyphens."""
    bucket_path: pulumi.Input[str]
    """Folder of the bucket, which must be there, as `/films`. Default: all of it."""
    endpoint: pulumi.Input[str]
    """Where OSS is reached, as `http://oss-cn-hangzhou-internal.aliyuncs.com`."""
    mount_dir: pulumi.Input[str]
    """Folder of the function, as `/mnt/films`."""
    read_only: pulumi.Input[bool]
    """Whether the function may only read. Default: false."""


class OssMountConfig(TypedDict, total=False):
    """Buckets of OSS that a function sees as folders."""

    mount_points: pulumi.Input[Sequence[pulumi.Input[OssMountPoint]]]
    """The mounts: 1 to 5."""


def _mount_dir(setting: str) -> Text:
    return Text(
        setting,
        r"/[A-Za-z0-9._/-]+",
        "a folder that begins with a slash, as /mnt/data, not / itself",
    )


_BUCKET = r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"


def bucket_name(setting: str) -> Text:
    """Give the limit of a bucket's name."""
    return Text(
        setting,
        _BUCKET,
        "3 to 63 lower-case letters, digits and hyphens, with no hyphen at either end",
    )


NAS_CONFIG = Fields(
    "nasConfig",
    {
        "user_id": WholeNumber("nasConfig.userId", "", -1, 65534),
        "group_id": WholeNumber("nasConfig.groupId", "", -1, 65534),
        "mount_points": Items(
            "nasConfig.mountPoints",
            Fields(
                "nasConfig.mountPoints",
                {
                    "server_addr": Text(
                        "nasConfig.mountPoints.serverAddr",
                        r"[A-Za-z0-9.-]+:/.*",
                        "<mount target>:/<folder>",
                    ),
                    "mount_dir": _mount_dir("nasConfig.mountPoints.mountDir"),
                    "enable_tls": Flag("nasConfig.mountPoints.enableTls"),
                },
                required=("server_addr", "mount_dir"),
            ),
            most=MOST,
            fewest=1,
        ),
    },
    required=("mount_points",),
)


def _oss_mount_points(setting: str) -> Items:
    point = Fields(
        setting,
        {
            "bucket_name": bucket_name(f"{setting}.bucketName"),
            "bucket_path": Text(
                f"{setting}.bucketPath", r"/.*", "a folder that begins with a slash"
            ),
            "endpoint": some_text(f"{setting}.endpoint"),
            "mount_dir": _mount_dir(f"{setting}.mountDir"),
            "read_only": Flag(f"{setting}.readOnly"),
        },
        required=("bucket_name", "endpoint", "mount_dir"),
    )
    return Items(setting, point, most=MOST, fewest=1)


OSS_MOUNT_CONFIG = Fields(
    "ossMountConfig",
    {"mount_points": _oss_mount_points("ossMountConfig.mountPoints")},
    required=("mount_points",),
)

OSS_MOUNT_POINTS = _oss_mount_points("ossMountPoints")

_READS = ("oss:ListObjects", "oss:GetObject")
_WRITES = ("oss:PutObject", "oss:DeleteObject", "oss:ListParts", "oss:AbortMultipartUpload")


def oss_statements(mount_points: Sequence[Mapping[str, Any]]) -> "list[Statement]":
    """Give the policy statements that let a role use these mounts and no other bucket or folder."""
    return [
        {
            "Effect": "Allow",
            "Action": [*_READS] if point.get("read_only") else [*_READS, *_WRITES],
            "Resource": _resources(point["bucket_name"], point.get("bucket_path") or "/"),
        }
        for point in mount_points
    ]


def _resources(bucket: str, path: str) -> "list[str]":
    folder = path.strip("/")
    # A list is of the bucket; an object is of the folder.
    return [f"acs:oss:*:*:{bucket}", f"acs:oss:*:*:{bucket}/{f'{folder}/' if folder else ''}*"]


def mount_refusals(args: Mapping[str, object]) -> "list[str]":
    """Give a sentence for NAS without a VPC, and for a folder that two mounts have.

    args are the component's, as far as they are known.
    """
    found: list[str] = []
    if args.get("nas_config") is not None and args.get("vpc_config") is None:
        found.append(
            "nasConfig is set without vpcConfig: a NAS file system is reached through its VPC, so "
            "set vpcConfig too."
        )
    folders = [*_folders(args.get("nas_config")), *_folders(args.get("oss_mount_config"))]
    twice = sorted({each for each in folders if folders.count(each) > 1})
    found.extend(f"mountDir {each!r} is set twice: each mount needs its own." for each in twice)
    return found


def _folders(config: object) -> "list[str]":
    if not isinstance(config, Mapping):
        return []
    points = cast("Mapping[str, object]", config).get("mount_points")
    if not isinstance(points, list | tuple):
        return []
    each = [cast("Mapping[str, object]", p).get("mount_dir") for p in points if isinstance(p, dict)]
    return [folder.rstrip("/") for folder in each if isinstance(folder, str)]
