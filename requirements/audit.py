"""`make audit`: known weaknesses of every locked Python package, asked of PyPI by pip-audit.

Exit codes: 0 none is known; 1 some are, and are listed; 3 it could not be asked, or not for all
packages, which says nothing about them; 2 wrong options. These are pip-audit's own, such as
`--vulnerability-service osv`.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
NONE_KNOWN, WEAKNESSES, WRONG_OPTIONS, NOT_ASKED = 0, 1, 2, 3


def audit(options: Sequence[str]) -> "tuple[int, str]":
    """Run pip-audit over the locked files; the exit code and what to say."""
    packages: dict[tuple[str, str], dict[str, Any]] = {}
    # one file at a time: a package that two of them lock is an error to pip-audit
    for file in sorted(FOLDER.glob("*.txt")):
        command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes"]
        command += ["--format", "json", "--progress-spinner", "off", "--timeout", "15"]
        command += ["--requirement", str(file), *options]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        try:
            report = json.loads(ended.stdout)
        except ValueError:
            last = (ended.stderr.strip() or "it said nothing").splitlines()[-1]
            if ended.returncode == WRONG_OPTIONS:
                return WRONG_OPTIONS, last
            return NOT_ASKED, (
                f"audit: the service of known weaknesses could not be asked ({last}).\n"
                "Nothing is known about the locked packages: run it where it can be reached."
            )
        for each in report["dependencies"]:
            packages[each["name"], each.get("version", "")] = each
    return verdict(list(packages.values()))


def verdict(packages: "Sequence[dict[str, Any]]") -> "tuple[int, str]":
    """Judge pip-audit's report, one entry a package: the exit code and what to say.

    pip-audit itself counts a package that the service does not know as none to worry about. Here
    it is one about which nothing is known.
    """
    weak = [each for each in packages if each.get("vulns")]
    unknown = [each["name"] for each in packages if "skip_reason" in each]
    lines = [
        f"{each['name']} {each['version']}: {one['id']}, "
        f"mended in {', '.join(one['fix_versions']) or 'no version yet'}"
        for each in weak
        for one in each["vulns"]
    ]
    asked = len(packages) - len(unknown)
    if unknown and not asked:
        lines.append(
            f"audit: the service knows none of the {len(packages)} locked packages, as a mirror "
            "of the index alone does not.\n"
            "Nothing is known about them: run it where PyPI itself can be reached."
        )
    elif unknown:
        lines.append(f"audit: nothing is known about {', '.join(unknown)}.")
    if weak:
        lines.append(f"audit: {len(weak)} of {asked} packages have known weaknesses: raise them.")
        return WEAKNESSES, "\n".join(lines)
    if unknown:
        return NOT_ASKED, "\n".join(lines)
    return NONE_KNOWN, f"audit: no weakness is known of the {asked} locked packages."


if __name__ == "__main__":
    code, said = audit(sys.argv[1:])
    print(said, file=sys.stderr if code else sys.stdout)
    sys.exit(code)
