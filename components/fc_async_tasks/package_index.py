"""Where packages come from: pip's own configuration, as its files and the environment have it.

Follows "Configuration" of pip's user guide: files from the machine's to the user's to the virtual
environment's, then PIP_CONFIG_FILE, then the variables PIP_*; each overrides what comes before it.
"""

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

_MACHINE = (Path("/etc/xdg/pip"), Path("/etc"))
_SETTINGS = (
    *("index-url", "extra-index-url", "find-links", "no-index", "trusted-host"),
    *("cert", "constraint"),
)
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # what pip's HTTP library reads without `cert`


def pip_configuration(environ: Mapping[str, str]) -> "dict[str, str]":
    """Give pip's settings of which packages come from where, by the names pip has for them."""
    found: dict[str, str] = {}
    for file in _files(environ):
        found.update(_read(file))
    for setting in _SETTINGS:
        if value := environ.get(f"PIP_{setting.upper().replace('-', '_')}"):
            found[setting] = value
    return found


def uv_environment(environ: Mapping[str, str]) -> "dict[str, str]":
    """Give the variables that have uv take packages from where pip would.

    With them go its constraints and the certificates it trusts. What is already set for uv stays.
    Addresses may hold a password, which a command line would show to every user of the machine: so
    these are variables, not options.
    """
    pip = pip_configuration(environ)
    made: dict[str, str] = {}
    if "UV_INDEX_URL" not in environ and "index-url" in pip:
        made["UV_DEFAULT_INDEX"] = pip["index-url"].strip()
    if "UV_EXTRA_INDEX_URL" not in environ and "extra-index-url" in pip:
        made["UV_INDEX"] = " ".join(pip["extra-index-url"].split())
    if "find-links" in pip:
        made["UV_FIND_LINKS"] = ",".join(pip["find-links"].split())
    if pip.get("no-index", "").strip().lower() in ("1", "true", "yes", "on"):
        made["UV_NO_INDEX"] = "1"
    if "trusted-host" in pip:
        made["UV_INSECURE_HOST"] = " ".join(pip["trusted-host"].split())
    trusted = (pip.get("cert", ""), *(environ.get(name, "") for name in _BUNDLES))
    if cert := next(filter(None, map(str.strip, trusted)), ""):
        path = Path(cert).expanduser().absolute()
        made["SSL_CERT_DIR" if path.is_dir() else "SSL_CERT_FILE"] = str(path)
    if "constraint" in pip:
        # relative to where pip is run; uv is run in the folder of the requirements
        files = pip["constraint"].split()
        made["UV_CONSTRAINT"] = " ".join(
            file if "://" in file else str(Path(file).absolute()) for file in files
        )
    return {name: value for name, value in made.items() if name not in environ}


def _files(environ: Mapping[str, str]) -> "Iterable[Path]":
    name = "pip.ini" if sys.platform == "win32" else "pip.conf"
    named = environ.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:
        return ()
    home = Path.home()
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    machine = list(_MACHINE)
    user = [home / ".pip", config / "pip"]
    if sys.platform == "darwin":
        machine = [Path("/Library/Application Support/pip")]
        user.append(home / "Library/Application Support/pip")
    if sys.platform == "win32":
        machine = [Path(environ.get("PROGRAMDATA", "C:/ProgramData")) / "pip"]
        user = [home / "pip", Path(environ.get("APPDATA", str(home))) / "pip"]
    files = [folder / name for folder in (*machine, *user, Path(sys.prefix))]
    return (*files, Path(named)) if named else files


def _read(file: Path) -> "dict[str, str]":
    import configparser  # only where a handler's requirements are installed

    parser = configparser.RawConfigParser()
    try:
        parser.read(file, encoding="utf-8")
    except (OSError, configparser.Error, UnicodeDecodeError):
        return {}  # pip itself says what is wrong with it, when it is pip that runs
    return {
        setting: parser.get(section, setting)
        for section in ("global", "install")
        if parser.has_section(section)
        for setting in _SETTINGS
        if parser.has_option(section, setting)
    }
