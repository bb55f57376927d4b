"""`make conformance`: one scenario on localcloud and on a cloud, and where the two differ.

See docs/conformance.md. Exit code 0: no differences; 1: differences; 2: not begun; 3: something
that was made could not be removed; 130: interrupted.
"""

import json
import os
import signal
import sys
import tempfile
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.conformance.comparing import Observed, differences, report
from tests.conformance.exchanges import recording
from tests.conformance.facts import Observation
from tests.conformance.run import NoFurther, Run
from tests.conformance.settings import NotAllowed, Settings, settings_of
from tests.conformance.sides import (
    LOCAL_KEYS,
    Side,
    at_alibaba_cloud,
    at_localcloud,
    started_localcloud,
)
from tests.conformance.subjects import SUBJECTS
from tests.conformance.undo import Undo

_LOCAL_PATIENCE = 20.0  # s
_CLOUD_PATIENCE = 180.0  # s: a new index takes a minute, a new role some seconds


class Interrupted(BaseException):
    """SIGINT, SIGTERM or SIGHUP came."""


def main() -> int:
    """Run both sides, print the tables, and remove what was made whatever happens."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        os.environ.pop(name, None)  # the local side is on this machine; HTTPS_PROXY is the cloud's
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        settings = settings_of(os.environ, tuple(SUBJECTS))
    except NotAllowed as why:
        print(f"conformance: {why}", file=sys.stderr)
        return 2
    undo, exit_code = Undo(), 130
    try:
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            sides = _sides(settings, Path(folder), stack)
            stack.callback(undo.all)  # before the clouds of this run's own are ended
            local, cloud = (_observe(side, settings.only, undo) for side in sides)
            print(report(local, cloud, (sides[0].name, sides[1].name)))
            if settings.report:
                _write(Path(settings.report), sides, (local, cloud))
            exit_code = 1 if any(one.counts for one in differences(local, cloud)) else 0
    except Interrupted:
        print("conformance: interrupted; what was made is removed", file=sys.stderr)
    finally:
        for what in undo.left:
            print(f"conformance: LEFT BEHIND: {what}: remove it by hand", file=sys.stderr)
    return 3 if undo.left else exit_code


def _interrupt(_number: int, _frame: Any) -> None:
    raise Interrupted


def _sides(settings: Settings, folder: Path, stack: ExitStack) -> tuple[Side, Side]:
    url = stack.enter_context(started_localcloud(folder / "local"))
    local = Side("localcloud", LOCAL_KEYS, at_localcloud(url), _LOCAL_PATIENCE)
    if settings.keys is not None:
        keys = settings.keys
        where = at_alibaba_cloud(keys.account_id, keys.region)
        return local, Side("Alibaba Cloud", keys, where, _CLOUD_PATIENCE)
    second = settings.against or stack.enter_context(started_localcloud(folder / "cloud"))
    print(f"dry run: the localcloud at {second} stands for the cloud")
    return local, Side("its stand-in", LOCAL_KEYS, at_localcloud(second), _LOCAL_PATIENCE)


def _observe(side: Side, only: Sequence[str], undo: Undo) -> Observed:
    """Run every subject on one side."""
    prefix = f"conformance-{uuid.uuid4().hex[:8]}"
    print(f"on {side.name}: everything that is made is named {prefix}-...", flush=True)
    observed: dict[str, list[Observation]] = {}
    with recording() as recorder:
        for name, subject in SUBJECTS.items():
            if only and name not in only:
                continue
            run = Run(side, prefix, undo, recorder)
            try:
                subject(run)
            except NoFurther as step:
                print(f"  {name}: no further than {step}", file=sys.stderr)
            observed[name] = run.observations
            print(f"  {name}: {len(run.observations)} steps", flush=True)
    return observed


def _write(path: Path, sides: tuple[Side, Side], observed: tuple[Observed, Observed]) -> None:
    """Everything that was observed, for a closer look."""
    document = {
        side.name: {
            subject: [{"step": one.step, **one.facts} for one in steps]
            for subject, steps in of.items()
        }
        for side, of in zip(sides, observed, strict=True)
    }
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
