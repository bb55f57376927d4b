"""What decides what a requirements.txt installs, as the key that an installation is kept under.

That is its content with that of each file it names, the folders that packages are taken from, and
how uv is set up: by variables, by its configuration files ("Configuration files" of uv), and by
pip's, of which package_index.py makes variables. An address counts by its text: what an index has
under a version is taken to stay. Passwords in addresses do not count, so that none can be guessed
from a key.
"""

import hashlib
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pulumi

_INCLUDES = ("-r", "--requirement", "--requirements", "-c", "--constraint", "--constraints")
_PLACES = ("-f", "--find-links", "-i", "--index-url", "--extra-index-url")
_EDITABLE = ("-e", "--editable")

_FILES = ("UV_CONSTRAINT", "UV_OVERRIDE", "UV_BUILD_CONSTRAINT", "UV_EXCLUDE")
_INDEXES = ("UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL")

_OF_NO_EFFECT = re.compile(
    r"UV_(CACHE_DIR|NO_CACHE|NO_PROGRESS|LINK_MODE|OFFLINE|RUN_RECURSION_DEPTH|KEYRING_PROVIDER"
    r"|INDEX_.*_(USERNAME|PASSWORD)|(HTTP|REQUEST|CONCURRENT|PYTHON|TOOL|PUBLISH)_.*|GITHUB_TOKEN)"
)
"""Variables of uv that change how it installs and not what."""

_LOCAL = re.compile(r"""find-links|\bfile:|url\s*=\s*["'](?!https?://)""")
"""What a configuration file of uv has that takes packages from a folder."""


class Key(NamedTuple):
    """A key in hex. It is not whole where something that decides cannot be known beforehand: a file
    of requirements at an address, or a folder of sources."""

    text: str
    is_whole: bool


def installation_key(
    requirements: Path, platform: "Iterable[str]", environ: Mapping[str, str]
) -> Key:
    """Give the key of what uv installs for a platform with these variables.

    Raises pulumi.RunError with one sentence for a file that cannot be read.
    """
    inputs = _Inputs(requirements.parent, environ)
    inputs.add(*platform)
    inputs.requirements(requirements)
    inputs.variables()
    for file in _configuration_files(requirements.parent, environ):
        inputs.configuration(file)
    return inputs.key()


def requirements_texts(requirements: Path) -> "list[str]":
    """Give the text of a requirements file, and of each that it includes with -r and -c."""
    inputs = _Inputs(requirements.parent, os.environ)
    inputs.requirements(requirements)
    return inputs.texts


class _Inputs:
    """Collects what decides. Relative paths are looked up in `folder` too, where uv runs."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._environ = environ
        self._digest = hashlib.sha256()
        self._is_whole = True
        self._seen: set[Path] = set()
        self.texts: list[str] = []

    def key(self) -> Key:
        return Key(self._digest.hexdigest(), self._is_whole)

    def add(self, *texts: str) -> None:
        for text in texts:
            data = re.sub(r"//[^/@\s]+@", "//", text).encode("utf-8", "surrogateescape")
            self._digest.update(hashlib.sha256(data).digest())

    def requirements(self, file: Path) -> None:
        """Add a file in the form of requirements, and what it names."""
        if file in self._seen:
            return
        self._seen.add(file)
        text = _read(file).decode("utf-8", "surrogateescape")
        self.texts.append(text)
        for line in _lines(text):
            self._line(re.sub(r"\$\{([A-Z0-9_]+)\}", self._value, line), file.parent)

    def _value(self, found: "re.Match[str]") -> str:
        return self._environ.get(found[1], found[0])

    def _line(self, line: str, folder: Path) -> None:
        self.add(line)
        if option := re.match(r"(--[a-z-]+|-[a-z])[\s=]*(.*)", line):
            name, value = option[1], option[2].strip("\"'")
            if name in _INCLUDES:
                self._included(value, folder)
            elif name in _PLACES:
                self._place(value, folder)
            elif name in _EDITABLE:
                self._is_whole = False
            return
        for word in {*line.split(), *re.split(r"[\s@]+", line)}:
            for path in self._paths(re.sub(r"\[[^\]]*\]$", "", word), folder):
                if path.is_file():
                    self._content(path)
                elif path.is_dir() and re.match(r"file:|\.|.*/", word):
                    self._is_whole = False  # sources: whatever is in them decides

    def _included(self, name: str, folder: Path) -> None:
        if re.match(r"[a-z+]{2,}://(?<!file://)", name, re.IGNORECASE):
            self._is_whole = False
        for path in self._paths(name, folder):
            if path.is_file():
                self.requirements(path)

    def _place(self, place: str, folder: Path) -> None:
        """Add a place of packages: an address, a folder, or a page that names them."""
        self.add(place)
        for path in self._paths(place, folder):
            if path.is_file():
                self._content(path)
            for found in sorted((*path.rglob("*.whl"), *path.rglob("*.html"))):
                self.add(found.relative_to(path).as_posix())
                self._content(found)

    def _paths(self, name: str, folder: Path) -> "Iterator[Path]":
        """Give where a name may lead to on this machine; nowhere for an address."""
        if name.lower().startswith("file:"):
            name = url2pathname(urlsplit(name).path)
        name = name.partition("#")[0]
        if name and "://" not in name and "\0" not in name:
            yield from dict.fromkeys((folder / name, self._folder / name))

    def _content(self, file: Path) -> None:
        digest = hashlib.sha256()
        try:
            with file.open("rb") as opened:
                while piece := opened.read(1 << 20):  # a wheel may have gigabytes
                    digest.update(piece)
        except OSError as error:
            raise _unreadable(file, error) from error
        self.add(digest.hexdigest())

    def variables(self) -> None:
        """Add the variables of uv, and what they name."""
        for name, value in sorted(self._environ.items()):
            if not name.startswith("UV_") or _OF_NO_EFFECT.fullmatch(name):
                continue
            self.add(name, value)
            if name in _FILES:
                for each in value.split():
                    self._included(each, self._folder)
            elif name in _INDEXES:
                for each in value.split():
                    self._place(re.sub(r"^[\w.-]+=", "", each), self._folder)
            elif name == "UV_FIND_LINKS":
                for each in value.split(","):
                    self._place(each.strip(), self._folder)
            elif name in ("UV_PROJECT", "UV_WORKING_DIR"):
                self._is_whole = False  # uv looks for its configuration elsewhere

    def configuration(self, file: Path) -> None:
        """Add a configuration file of uv."""
        text = _read(file).decode("utf-8", "surrogateescape")
        self.add(text)
        if _LOCAL.search(text):
            self._is_whole = False


def _lines(text: str) -> "Iterator[str]":
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        if stripped := re.sub(r"(^|\s)#.*", "", line).strip():
            yield stripped


def _configuration_files(folder: Path, environ: Mapping[str, str]) -> "Iterator[Path]":
    """Give the configuration files that uv reads when it runs in a folder."""
    if named := environ.get("UV_CONFIG_FILE"):
        yield from (each for each in (folder / named,) if each.is_file())
        return
    absolute = folder.absolute()
    for each in (absolute, *absolute.parents):
        if (own := each / "uv.toml").is_file():
            yield own
            break
        project = each / "pyproject.toml"
        if project.is_file() and re.search(rb"\buv\b", _read(project)):
            yield project
            break
    if sys.platform == "win32":
        folders = [environ.get("APPDATA", ""), environ.get("PROGRAMDATA", "")]
    else:
        folders = [environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config"), "/etc"]
        folders += (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")
    for each in folders:
        if each and (file := Path(each) / "uv" / "uv.toml").is_file():
            yield file


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: OSError) -> pulumi.RunError:
    return pulumi.RunError(f"{file} cannot be read ({error.strerror}).")
