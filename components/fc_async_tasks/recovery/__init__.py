"""Bring a stack back whose update was cut off: `python -m fc_async_tasks.recovery --stack NAME`.

An update that is killed leaves a lock, and creates of which nobody knows whether they took
effect. Where they did, a plain `pulumi refresh` and `pulumi up` end in "already exists". `recover`
finds out and takes what is there into the stack; it never changes or deletes anything in the cloud.
"""

from fc_async_tasks.recovery.lock import StillUpdating
from fc_async_tasks.recovery.processes import CannotLook
from fc_async_tasks.recovery.pulumi_stack import PulumiFailed, PulumiMissing, PulumiStack
from fc_async_tasks.recovery.recover import Recovered, recover

__all__ = [
    "CannotLook",
    "PulumiFailed",
    "PulumiMissing",
    "PulumiStack",
    "Recovered",
    "StillUpdating",
    "recover",
]
