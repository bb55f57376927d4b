"""What every `pulumi up` and preview waits for: the import of the package."""

import subprocess
import sys

PROGRAM = """
import sys
import fc_async_tasks
early = sorted(name for name in sys.modules if name.startswith(("fc_async_tasks.serverless_devs", "zoneinfo")))
from fc_async_tasks import from_serverless_devs
print(early, from_serverless_devs.__module__)
try:
    fc_async_tasks.from_serverles_devs
except AttributeError as error:
    print(error)
"""  # noqa: E501


def test_the_way_in_from_serverless_devs_is_loaded_by_those_who_take_it() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines() == [
        "[] fc_async_tasks.serverless_devs.as_arguments",
        "module 'fc_async_tasks' has no attribute 'from_serverles_devs'",
    ]
