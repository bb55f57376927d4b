"""`python -m bench [--quick] [PART ...]`: measure, print the table, write docs/benchmarks.md.

The page is written by a full run of all parts; a quick one, or one of some parts, only prints.
Exit code 0 when everything ran, whatever it showed: figures of a shared machine judge nobody. 1
when a part ended in an error; the others are measured all the same.
"""

import argparse
import importlib
import os
import sys
import time
import traceback
from collections.abc import Sequence

from bench import machine, page
from bench.figures import Comparison
from bench.scale import FULL, QUICK, Scale
from bench.table import printed
from toolchain.cache import cache_folder

PARTS = (
    "limits",
    "work",
    "submitting",
    "queues",
    "calling",
    "starting",
    "provisioning",
    "growing",
    "many_stacks",
    "whole",
)
BESIDES = ("set_up",)  # half an hour by itself: only when it is asked for


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small counts: that it runs")
    known = (*PARTS, *BESIDES)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(known))
    given = parser.parse_args()
    if unknown := set(given.parts) - set(known):
        parser.error(f"{', '.join(sorted(unknown))}: the parts are {', '.join(known)}")
    _cache_bytecode()
    began = time.monotonic()
    print(f"load averages at the start: {machine.load()}", flush=True)
    found, failed = measured(given.parts or PARTS, QUICK if given.quick else FULL)
    minutes = (time.monotonic() - began) / 60
    printed([row for part in found.values() for row in part])
    print(f"load averages at the end: {machine.load()}; {minutes:.1f} minutes")
    if failed:
        print(f"bench: {', '.join(failed)} ended in an error, see above", file=sys.stderr)
        return 1
    if not given.quick and not given.parts:
        limits = found.pop("limits")
        page.write([row for part in found.values() for row in part], limits, minutes)
        print(f"written: {page.PAGE}")
    return 0


def _cache_bytecode() -> None:
    """Have every Python that is started here find its bytecode, as it does on a usual machine."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(cache_folder() / "bench/bytecode")


def measured(parts: Sequence[str], scale: Scale) -> tuple[dict[str, list[Comparison]], list[str]]:
    """The lines of each part, and the parts that ended in an error, which is printed."""
    found: dict[str, list[Comparison]] = {}
    failed: list[str] = []
    for name in parts:
        began = time.monotonic()
        try:
            found[name] = list(importlib.import_module(f"bench.{name}").measure(scale))
        except Exception:  # noqa: BLE001 - one part's error takes no other's minutes with it
            traceback.print_exc()
            failed.append(name)
        print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
    return found, failed


if __name__ == "__main__":
    sys.exit(main())
