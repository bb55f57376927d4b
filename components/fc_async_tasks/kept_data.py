"""What holds data that nobody can make again, and so outlives the stack: a queue, and logs."""

from collections.abc import Mapping
from typing import Any

import pulumi


def child_with_data(
    component: pulumi.ComponentResource, settings: Mapping[str, Any]
) -> pulumi.ResourceOptions:
    """Give the options of a child that stays in the account unless `keep_data` is false.

    The engine obeys what the last `up` recorded: a `destroy` alone does not read the setting.
    """
    # None, not False: a component that is retained as a whole keeps this child too.
    keep = True if settings.get("keep_data", True) else None
    return pulumi.ResourceOptions(parent=component, retain_on_delete=keep)
