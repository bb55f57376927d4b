"""What the Go sources promise to the Python SDK, checked without building them."""

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from toolchain.sources import GO_FOLDER, engine_version, oldest_go

SERVED = re.findall(
    r'^\t"alicloud_\w+": +"(\w+):(\w+)",$',
    (GO_FOLDER / "pulumi-resource-alicloud" / "resources.go").read_text(),
    re.MULTILINE,
)


def test_the_bridge_serves_what_the_project_needs() -> None:
    assert len(SERVED) == len(set(SERVED)) == 21
    assert {
        ("ram", "Role"),
        ("ram", "Policy"),
        ("ram", "RolePolicyAttachment"),
        ("message", "ServiceQueue"),
        ("message", "ServiceTopic"),
        ("message", "ServiceSubscription"),
        ("log", "Project"),
        ("log", "Store"),
        ("log", "StoreIndex"),
        ("fc", "V3Function"),
        ("fc", "V3AsyncInvokeConfig"),
        ("fc", "V3FunctionVersion"),
        ("fc", "V3Alias"),
        ("fc", "V3ConcurrencyConfig"),
        ("fc", "V3Trigger"),
        ("index", "getAccount"),
        ("index", "getCallerIdentity"),
        ("index", "getRegions"),
    } <= set(SERVED)


@pytest.mark.parametrize(("module", "name"), SERVED)
def test_a_served_token_is_the_official_sdks(module: str, name: str) -> None:
    token = f"alicloud:{module}/{name[0].lower()}{name[1:]}:{name}"
    if module == "index":
        token = f"alicloud:index/{name}:{name}"
        file = re.sub(r"([A-Z])", r"_\1", name).lower()
        sdk = importlib.import_module(f"pulumi_alicloud.{file}")
        assert f"'{token}'" in Path(sdk.__file__ or "").read_text(encoding="utf-8")
    else:
        sdk = importlib.import_module(f"pulumi_alicloud.{module}")
        assert getattr(sdk, name).pulumi_type == token


def test_versions_are_read_from_go_mod() -> None:
    assert re.fullmatch(r"3\.\d+\.\d+", engine_version())
    assert oldest_go() >= (1, 25)


def test_the_bridge_tells_the_upstream_version_that_go_mod_has() -> None:
    # localcloud knows this version's quirks by it.
    bridge = (GO_FOLDER / "pulumi-resource-alicloud" / "resources.go").read_text()
    told = re.search(r'upstreamVersion = "([\d.]+)"', bridge)
    assert told is not None
    assert (
        f"github.com/aliyun/terraform-provider-alicloud v{told[1]}\n"
        in (GO_FOLDER / "go.mod").read_text()
    )


def test_installed_pulumi_packages_are_listed_for_the_engine(tmp_path: Path) -> None:
    def install(name: str, version: str, plugin: dict[str, object] | None) -> None:
        about = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
        if plugin is not None:
            package = tmp_path / name.replace("-", "_")
            package.mkdir()
            (package / "pulumi-plugin.json").write_text(json.dumps(plugin))

    install("pulumi_alicloud", "4.0.0", {"resource": True, "name": "alicloud"})
    install("acme-cloud", "1.2rc3", {"resource": True, "server": "https://acme.invalid"})
    install("pulumi-old", "2.1.post4", None)
    install("pulumi-policy", "1.21.0", None)
    install("pulumi-without", "1.0", {"resource": False})
    install("requests", "2.0", None)
    script = GO_FOLDER / "pulumi-language-python" / "list_pulumi_packages.py"
    listed = subprocess.run(
        [sys.executable, "-S", "-c", script.read_text()],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        check=True,
    )
    packages = {entry["name"]: entry for entry in json.loads(listed.stdout)}
    assert packages == {
        "alicloud": {
            "name": "alicloud",
            "version": "4.0.0",
            "plugin": {"resource": True, "name": "alicloud"},
        },
        "acme-cloud": {
            "name": "acme-cloud",
            "version": "1.2.0-rc.3",
            "plugin": {"resource": True, "server": "https://acme.invalid"},
        },
        "old": {"name": "old", "version": "2.1.0+post4", "plugin": {"resource": True}},
    }
