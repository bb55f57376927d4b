"""`python -m release [FOLDER]` builds a release into FOLDER (dist/VERSION) and tries it."""

import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

from fc_async_tasks.package_version import __version__

from .build import COMPONENTS, Release, ReleaseError, build
from .changelog import CHANGELOG, newest
from .checks import check_plugin, check_wheel, expect


def make(folder: Path, components: Path = COMPONENTS) -> Release:
    """Build into the folder, see that a second build gives the same bytes, and try what was built.

    Raises ReleaseError.
    """
    text = CHANGELOG.read_text(encoding="utf-8")
    expect(f"the newest version in {CHANGELOG.name}", newest(text), __version__)
    say(f"building {__version__} into {folder}")
    release = build(folder, components)
    with tempfile.TemporaryDirectory(prefix="release-") as scratch:
        again = build(Path(scratch) / "again", components)
        for one, other in zip(release.files(), again.files(), strict=True):
            if one.read_bytes() != other.read_bytes():
                raise ReleaseError(f"{one.name} has other bytes when it is built again.")
    say("trying the wheel in an empty environment")
    check_wheel(release)
    say("trying the plugin in an empty PULUMI_HOME")
    check_plugin(release)
    lines = [
        f"{hashlib.sha256(one.read_bytes()).hexdigest()}  {one.name}" for one in release.files()
    ]
    (folder / "SHA256SUMS").write_text("\n".join(sorted(lines)) + "\n", encoding="utf-8")
    return release


def say(line: str) -> None:
    """Progress is for people: standard error."""
    print(f"release: {line}", file=sys.stderr, flush=True)


def main(words: list[str]) -> int:
    """The exit code is 0, 1 (it was not built or does not work) or 130 (interrupted)."""
    folder = Path(words[0]) if words else Path("dist") / __version__
    try:
        if not words:
            shutil.rmtree(folder, ignore_errors=True)
        release = make(folder)
    except ReleaseError as trouble:
        say(str(trouble))
        return 1
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    for file in release.files():
        print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
