"""Who calls: a secret that is wrong and a key that nobody has, in every dialect."""

from collections.abc import Callable
from typing import Any

from alibabacloud_fc20230330 import models as fc_models
from alibabacloud_ram20150501 import models as ram_models

from tests.conformance.run import Run
from tests.conformance.sides import Side


def _calls(side: Side, run: Run) -> dict[str, Callable[[], Any]]:
    v4 = {"auth_version": "v4", "region": side.keys.region}
    project = run.name("logs")
    return {
        "RPC": lambda: side.ram.get_role(ram_models.GetRoleRequest(role_name=run.name("role"))),
        "Function Compute": lambda: side.fc.get_function(
            run.name("function"), fc_models.GetFunctionRequest()
        ),
        "SMQ": lambda: side.smq.get_queue(run.name("queue")).get_attributes(),
        "Log Service, version 1": lambda: side.log.list_logstore(project),
        "Log Service, version 4": lambda: side.log_client(**v4).list_logstore(project),
    }


def signatures(run: Run) -> None:
    """Nothing of this is let in."""
    wrong = run.side.with_keys(secret="not-the-secret")
    unknown = run.side.with_keys(key="LTAI5tNobodyHasThisKey00")
    for dialect, call in _calls(wrong, run).items():
        run.see(f"{dialect}: a wrong secret", call)
    for dialect, call in _calls(unknown, run).items():
        run.see(f"{dialect}: a key that nobody has", call)
