"""The process that runs the handler: how the keeper's child becomes it, and its bounds.

Runs under any Python from 3.6 on: standard library only, no newer syntax.
"""

import json
import os
import resource
import signal
import socket
import sys
import traceback
from typing import Any, Dict, List

from . import handler, processes

MOST_PROCESSES = 512
"""How many processes an instance may have at once."""

_MB = 1024 * 1024


def become(order: Dict[str, Any], descriptors: List[int], parent: int) -> None:
    """Turn this child of the keeper into the process that runs the handler; never returns."""
    try:
        os.close(descriptors[1])
        os.setsid()
        processes.die_with_parent(parent)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(descriptors[2], 1)
        os.dup2(descriptors[2], 2)
        os.close(nothing)
        os.close(descriptors[2])
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        _limit(order)
        os.umask(0o022)
        os.chdir(order["code"])
        command = order.get("node")
        if command:
            environment = order.pop("environment")
            os.dup2(descriptors[0], 3)
            environment["_LOCALCLOUD_ORDER"] = json.dumps(order)
            os.execve(command[0], command, environment)
        os.environ.clear()
        os.environ.update(order["environment"])
        link = socket.socket(fileno=descriptors[0])
        if "custom_command" in order:
            from . import custom  # not in every instance: it brings the HTTP client along

            custom.serve(link, order)
        handler.serve(link, order)
    except BaseException:  # noqa: BLE001 - the last one to see it
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(70)


def _limit(order: Dict[str, Any]) -> None:
    """Bounds of the kernel behind those of the keeper, for what happens between two looks."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _lower(resource.RLIMIT_NOFILE, 10240)
    _lower(resource.RLIMIT_FSIZE, int(order["disk_size"]) * _MB)
    if processes.LINUX:
        # Room for what is reserved and never touched (thread stacks, arenas).
        _lower(resource.RLIMIT_DATA, (int(order["memory_size"]) + 1024) * _MB)
        if os.getuid() != 0:  # root has no such limit: there the keeper alone sees to it
            with open("/proc/loadavg") as load:
                tasks = int(load.read().split()[3].partition("/")[2])
            _lower(resource.RLIMIT_NPROC, tasks + 2 * MOST_PROCESSES)
        with open("/proc/self/oom_score_adj", "w") as score:
            score.write("500")  # a machine out of memory takes handlers before localcloud


def _lower(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))
