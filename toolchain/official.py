"""The official parts: those installed on this machine, and those Pulumi's own downloads give."""

from __future__ import annotations

import os
import re
import shutil
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

from toolchain import process
from toolchain.cache import cache_folder, made_whole
from toolchain.record import PLUGIN

OLDEST_ENGINE = (3, 200, 0)
"""Engines from 2025 on run component packages and policy packs as this project has them."""

DOWNLOADS = "https://get.pulumi.com/"
REACH = 10.0
"""Seconds in which to find out whether the downloads can be reached."""

DOWNLOAD = 600.0
"""Seconds that an official download may take."""


def installed_engine() -> tuple[Path, str] | None:
    """The `pulumi` of PATH and its version, if it is new enough and has its language host with it.

    One of ours (on PATH inside `localcloud exec`) does not count as installed.
    """
    for folder in os.get_exec_path():
        found = shutil.which("pulumi", path=folder)
        if found is None or cache_folder() in Path(found).resolve().parents:
            continue
        engine = Path(found).absolute()
        host = engine.resolve().with_name("pulumi-language-python")
        if not host.exists() and shutil.which("pulumi-language-python") is None:
            continue
        version = engine_version(engine)
        if version is not None and _numbers(version) >= OLDEST_ENGINE:
            return engine, version
    return None


def engine_version(engine: Path) -> str | None:
    """What `pulumi version` says, e.g. "3.259.0"; None if it does not run."""
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    said = process.ask([str(engine), "version"], environment, timeout=REACH)
    return said.removeprefix("v") if said else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def provider_installed_in(home: Path) -> bool:
    """Whether that PULUMI_HOME has the alicloud provider 4.0.0, wholly."""
    folder = home / "plugins" / PLUGIN
    # The engine leaves this file beside a plugin whose installation was interrupted.
    interrupted = folder.with_name(folder.name + ".partial")
    return (folder / "pulumi-resource-alicloud").is_file() and not interrupted.exists()


def downloads_reachable() -> bool:
    """Whether Pulumi's downloads answer, by whatever proxies are set; 10 s at most."""
    answers: list[bool] = []

    def look() -> None:
        request = urllib.request.Request(DOWNLOADS, method="HEAD")
        try:
            with urllib.request.urlopen(request, timeout=REACH):  # noqa: S310  (https, above)
                answers.append(True)
        except urllib.error.HTTPError:
            answers.append(True)  # It answered, if only to say no to a HEAD.
        except OSError:
            answers.append(False)

    # In a thread, since no timeout bounds the resolution of a name.
    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(REACH)
    return any(answers)


def download_engine(log: Path) -> Path:
    """Have Pulumi's own installer put the engine of the installed SDK's version into the cache.

    Raises process.StepFailed.
    """
    target = cache_folder() / "official-engine"
    with made_whole(target) as folder:
        install = (
            "import sys; from pulumi.automation import PulumiCommand; "
            "PulumiCommand.install(root=sys.argv[1])"
        )
        process.run(
            [sys.executable, "-c", install, str(folder)], log=log, env=os.environ, limit=DOWNLOAD
        )
    return target / "bin" / "pulumi"


def download_provider(engine: Path, log: Path) -> Path:
    """Have the engine download the official provider into a PULUMI_HOME in the cache.

    Raises process.StepFailed.
    """
    target = cache_folder() / "official-home"
    with made_whole(target) as folder:
        install_provider(engine, folder, log)
    return target


def install_provider(engine: Path, home: Path, log: Path, built: Path | None = None) -> None:
    """`pulumi plugin install` into `home`: the download, or the folder `built`.

    Raises process.StepFailed.
    """
    command = [str(engine), "plugin", "install", "resource", "alicloud", "4.0.0"]
    if built is not None:
        command += ["--file", str(built)]
    environment = {**os.environ, "PULUMI_HOME": str(home), "PULUMI_SKIP_UPDATE_CHECK": "true"}
    process.run(command, log=log, env=environment, limit=DOWNLOAD)
