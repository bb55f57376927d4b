"""Prints the installed distributions that need a Pulumi plugin, as JSON: [{name, version, plugin}].

A distribution needs one when it carries a pulumi-plugin.json that does not say otherwise, or when
it has none and is called pulumi-something (old SDKs); pulumi-policy is known to need none.
"""

import json
import re
from importlib.metadata import distributions
from pathlib import Path

WITHOUT_PLUGIN = {"pulumi", "pulumi-policy"}
PEP440 = re.compile(
    r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:(a|b|rc)(\d+))?(?:\.post(\d+))?(?:\.dev(\d+))?"
)
PRERELEASE = {"a": "alpha", "b": "beta", "rc": "rc"}


def semantic_version(version: str) -> str:
    """The semantic version of a PEP 440 one, or "" where there is none (epochs, four numbers)."""
    match = PEP440.fullmatch(version)
    if match is None:
        return ""
    major, minor, patch, stage, number, post, dev = match.groups()
    prerelease = f"-{PRERELEASE[stage]}.{number}" if stage else ""
    build = (f"post{post}" if post else "") + (f"dev{dev}" if dev else "")
    return f"{major}.{minor or 0}.{patch or 0}{prerelease}" + (f"+{build}" if build else "")


packages = {}
for distribution in distributions():
    name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"] or "").lower()
    if not name or name in WITHOUT_PLUGIN or name in packages:
        continue
    described = str(distribution.locate_file(name.replace("-", "_") + "/pulumi-plugin.json"))
    try:
        plugin = json.loads(Path(described).read_text(encoding="utf-8"))
    except FileNotFoundError:
        if not name.startswith("pulumi-"):
            continue
        plugin = {"resource": True}
    if plugin.get("resource"):
        packages[name] = {
            "name": name.removeprefix("pulumi-"),
            "version": semantic_version(distribution.version),
            "plugin": plugin,
        }
print(json.dumps(list(packages.values())))
