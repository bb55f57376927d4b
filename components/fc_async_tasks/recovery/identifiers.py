"""The provider's ids of resources, from the arguments they are created with.

Each form is the one that the provider's own page gives under "Import".
"""

import string
from collections.abc import Mapping
from typing import Any

ID_FORMS: Mapping[str, str] = {
    "alicloud:ram/role:Role": "{roleName}",
    "alicloud:ram/policy:Policy": "{policyName}",
    "alicloud:ram/rolePolicyAttachment:RolePolicyAttachment": (
        "role:{policyName}:{policyType}:{roleName}"
    ),
    "alicloud:message/serviceQueue:ServiceQueue": "{queueName}",
    "alicloud:message/serviceTopic:ServiceTopic": "{topicName}",
    "alicloud:message/serviceSubscription:ServiceSubscription": "{topicName}:{subscriptionName}",
    "alicloud:log/project:Project": "{projectName}",
    "alicloud:log/store:Store": "{projectName}:{logstoreName}",
    "alicloud:log/storeIndex:StoreIndex": "{project}:{logstore}",
    "alicloud:fc/v3Function:V3Function": "{functionName}",
    "alicloud:fc/v3AsyncInvokeConfig:V3AsyncInvokeConfig": "{functionName}",
    "alicloud:fc/v3ConcurrencyConfig:V3ConcurrencyConfig": "{functionName}",
    "alicloud:fc/v3ProvisionConfig:V3ProvisionConfig": "{functionName}",
    "alicloud:fc/v3Alias:V3Alias": "{functionName}:{aliasName}",
    "alicloud:fc/v3Trigger:V3Trigger": "{functionName}:{triggerName}",
}
"""By the type token, the form of the id in the names of the resource's inputs."""

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine writes for a value that is known only once something else exists."""


def id_from_inputs(type_token: str, inputs: Mapping[str, Any]) -> str | None:
    """The id that a resource with these inputs has once it exists.

    None where it can't be told: a type that gets its id from the cloud (a function's version), or
    an input that is not known yet, left to the provider's own naming, or secret.
    """
    form = ID_FORMS.get(type_token)
    if form is None:
        return None
    names = [name for _, name, _, _ in string.Formatter().parse(form) if name]
    values = {name: inputs.get(name) for name in names}
    if all(isinstance(value, str) and value and value != UNKNOWN for value in values.values()):
        return form.format(**values)
    return None
