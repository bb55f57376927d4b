"""The Go sources of what is built, and the hash that names each artefact made of them."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

GO_FOLDER = Path(__file__).resolve().parent / "go"

ENGINE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
HOST = "./pulumi-language-python"
PROVIDER = "./pulumi-resource-alicloud"

# The set-up's time is compile time. What the provider calls is dwarfed by its network requests, and
# the engine's cloud back ends are not on the way of any command here: both are compiled without
# optimisation. Everything else is. No debug information anywhere: the linker drops it anyway.
UNOPTIMISED = (
    "cloud.google.com/...",
    "github.com/Azure/...",
    "github.com/alecthomas/...",
    "github.com/alibabacloud-go/...",
    "github.com/aliyun/...",
    "github.com/aws/...",
    "github.com/envoyproxy/...",
    "github.com/pb33f/...",
    "github.com/prometheus/...",
    "go.opentelemetry.io/collector/...",
    "google.golang.org/api/...",
    "k8s.io/...",
)
COMPILER_FLAGS = (
    "-mod=readonly",
    "-trimpath",
    "-gcflags=all=-dwarf=false",
    *(f"-gcflags={pattern}=-N -l -dwarf=false" for pattern in UNOPTIMISED),
)

_PARTS = {
    "engine": ("go.mod", "go.sum", "pulumi-language-python"),
    "provider": ("go.mod", "go.sum", "pulumi-resource-alicloud", "alibabacloud-gateway-oss"),
    "everything": (".",),
}


def linker_flags() -> str:
    """Strips symbols, and gives the engine the version its module has; "0" would be a dev build."""
    version = f"{SDK_MODULE}/go/common/version.Version=v{engine_version()}"
    return f"-ldflags=-s -w -X {version}"


def engine_version() -> str:
    """The version of the engine in go.mod, e.g. "3.259.0"."""
    return _in_go_mod(r"github\.com/pulumi/pulumi/pkg/v3 v(\S+)")


def oldest_go() -> tuple[int, ...]:
    """The Go version that go.mod asks for, e.g. (1, 25, 11)."""
    return tuple(int(number) for number in _in_go_mod(r"go ([\d.]+)").split("."))


def _in_go_mod(pattern: str) -> str:
    match = re.search(
        rf"^\s*{pattern}\s*$", (GO_FOLDER / "go.mod").read_text("utf-8"), re.MULTILINE
    )
    if match is None:
        raise ValueError(f"{GO_FOLDER / 'go.mod'} has no line that matches {pattern!r}")
    return match[1]


def key(part: str, *circumstances: str) -> str:
    """16 hexadecimal digits that change with anything the part is made of.

    `part` is "engine" (which has the language host with it), "provider" or "everything";
    `circumstances` are what else it depends on: Go's version, the platform.
    """
    digest = hashlib.sha256()
    for text in (*COMPILER_FLAGS, *circumstances):
        digest.update(text.encode() + b"\0")
    for file in _files(part):
        digest.update(file.relative_to(GO_FOLDER).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _files(part: str) -> list[Path]:
    found: list[Path] = []
    for name in _PARTS[part]:
        place = GO_FOLDER / name
        found += place.rglob("*") if place.is_dir() else [place]
    return sorted(file for file in found if file.is_file() and not file.name.endswith("_test.go"))
