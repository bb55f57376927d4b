"""Builds the wheel, the source distribution and the plugin archives: the same bytes every time."""

import gzip
import io
import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

from fc_async_tasks.package_version import __version__
from fc_async_tasks.plugin import NAME

COMPONENTS = Path(__file__).resolve().parent.parent / "components"

PLATFORMS = ("darwin-amd64", "darwin-arm64", "linux-amd64", "linux-arm64", "windows-amd64")
"""What Pulumi asks for by name; the archives are alike, as there is nothing but Python in them."""

# What the formats can say earliest and all can say alike: 1980, as zip archives have no earlier.
_TIME = 315532800


class ReleaseError(Exception):
    """What could not be built, or does not work; the text is for whoever makes the release."""


@dataclass(frozen=True)
class Release:
    """What was built of one version."""

    version: str
    wheel: Path
    sdist: Path
    plugins: tuple[Path, ...]

    def files(self) -> tuple[Path, ...]:
        """All of it."""
        return self.wheel, self.sdist, *self.plugins


def build(folder: Path, components: Path = COMPONENTS) -> Release:
    """Build a release of the component folder into another one, which is empty or new.

    The wheel is built from the source distribution, so whoever has that one can build it too.
    Raises ReleaseError, with the last lines of what the build said.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ReleaseError(f"{folder} is not empty: name another folder, or remove what is there.")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder)]
    built = subprocess.run(
        [*command, str(components)],
        env={**os.environ, "SOURCE_DATE_EPOCH": str(_TIME)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode != 0:
        said = "\n".join((built.stdout + built.stderr).splitlines()[-15:])
        raise ReleaseError(f"the wheel and the source distribution were not built:\n{said}")
    stem = f"{NAME.replace('-', '_')}-{__version__}"
    sdist = folder / f"{stem}.tar.gz"
    archive = plugin_archive(sdist)
    plugins = tuple(folder / plugin_name(platform) for platform in PLATFORMS)
    for plugin in plugins:
        plugin.write_bytes(archive)
    return Release(__version__, folder / f"{stem}-py3-none-any.whl", sdist, plugins)


def plugin_name(platform: str) -> str:
    """Give the name by which Pulumi asks a server for the plugin, as `linux-amd64`."""
    return f"pulumi-resource-{NAME}-v{__version__}-{platform}.tar.gz"


def plugin_archive(sdist: Path) -> bytes:
    """Give the source distribution as a plugin archive: the component folder, no folder around it.

    Pulumi unpacks it and installs what its pyproject.toml asks for.
    """
    packed = io.BytesIO()
    with (
        tarfile.open(sdist) as source,
        # Without a file name and a time in it, the compressed file says nothing of this machine.
        gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=_TIME) as compressed,
        tarfile.open(fileobj=compressed, mode="w") as target,
    ):
        members = {member.name.partition("/")[2]: member for member in source if member.isfile()}
        for name in sorted(members.keys() - {"PKG-INFO", ".gitignore"}):
            content = source.extractfile(members[name])
            assert content is not None  # noqa: S101  (it is a file)
            data = content.read()
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(data), _TIME, 0o644
            target.addfile(entry, io.BytesIO(data))
    return packed.getvalue()
