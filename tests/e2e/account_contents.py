"""What an account holds of what this project provisions, by the official SDKs."""

from alibabacloud_fc20230330 import models as fc_models
from alibabacloud_fc20230330.client import Client as FunctionClient
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from mns.account import Account

from tests.running_cloud import RunningCloud


def contents(cloud: RunningCloud) -> set[str]:
    """`role NAME`, `policy NAME`, `queue NAME`, `project NAME`, `function NAME` of all there are.

    System policies, which every account has, are not counted.
    """
    ram = RamClient(cloud.config())
    functions = FunctionClient(cloud.config()).list_functions(fc_models.ListFunctionsRequest())
    roles = ram.list_roles(ram_models.ListRolesRequest()).body.roles.role
    custom = ram_models.ListPoliciesRequest(policy_type="Custom")
    queues, _ = Account(cloud.url, cloud.key, cloud.secret).list_queue()
    return {
        *(f"role {role.role_name}" for role in roles),
        *(f"policy {one.policy_name}" for one in ram.list_policies(custom).body.policies.policy),
        *(f"function {one.function_name}" for one in functions.body.functions or []),
        *(f"queue {url.rpartition('/')[2]}" for url in queues),
        *(
            f"project {one['projectName']}"
            for one in cloud.log_client().list_project().get_projects()
        ),
    }
