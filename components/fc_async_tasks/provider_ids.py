"""The alicloud provider's resources by their type tokens, and the ids that it gives them.

Each form is the one that the provider's own page gives under "Import".
"""

import string
from collections.abc import Mapping
from typing import Any, Optional

ROLE = "alicloud:ram/role:Role"
RAM_POLICY = "alicloud:ram/policy:Policy"
POLICY_ATTACHMENT = "alicloud:ram/rolePolicyAttachment:RolePolicyAttachment"
QUEUE = "alicloud:message/serviceQueue:ServiceQueue"
TOPIC = "alicloud:message/serviceTopic:ServiceTopic"
SUBSCRIPTION = "alicloud:message/serviceSubscription:ServiceSubscription"
LOG_PROJECT = "alicloud:log/project:Project"
LOGSTORE = "alicloud:log/store:Store"
LOG_INDEX = "alicloud:log/storeIndex:StoreIndex"
FUNCTION = "alicloud:fc/v3Function:V3Function"
ASYNC_INVOKE_CONFIG = "alicloud:fc/v3AsyncInvokeConfig:V3AsyncInvokeConfig"
CONCURRENCY_CONFIG = "alicloud:fc/v3ConcurrencyConfig:V3ConcurrencyConfig"
PROVISION_CONFIG = "alicloud:fc/v3ProvisionConfig:V3ProvisionConfig"
ALIAS = "alicloud:fc/v3Alias:V3Alias"
TRIGGER = "alicloud:fc/v3Trigger:V3Trigger"

ID_FORMS: Mapping[str, str] = {
    ROLE: "{roleName}",
    RAM_POLICY: "{policyName}",
    POLICY_ATTACHMENT: "role:{policyName}:{policyType}:{roleName}",
    QUEUE: "{queueName}",
    TOPIC: "{topicName}",
    SUBSCRIPTION: "{topicName}:{subscriptionName}",
    LOG_PROJECT: "{projectName}",
    LOGSTORE: "{projectName}:{logstoreName}",
    LOG_INDEX: "{project}:{logstore}",
    FUNCTION: "{functionName}",
    ASYNC_INVOKE_CONFIG: "{functionName}",
    CONCURRENCY_CONFIG: "{functionName}",
    PROVISION_CONFIG: "{functionName}",
    ALIAS: "{functionName}:{aliasName}",
    TRIGGER: "{functionName}:{triggerName}",
}
"""By the type token, the form of the id in the names of the resource's inputs."""

NOT_KNOWN_YET = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine writes for a value that is known only once something else exists."""

HIDDEN = "[secret]"
"""What the engine shows in place of a secret."""


def names_in_id(type_token: str, inputs: Mapping[str, Any]) -> "Optional[dict[str, str]]":
    """Give those of a resource's inputs that its id is made of.

    None where the id can't be told: a type that gets its id from the cloud (a function's version),
    or an input that is not known yet, left to the provider's own naming, or secret.
    """
    form = ID_FORMS.get(type_token)
    if form is None:
        return None
    names = {name: inputs.get(name) for _, name, _, _ in string.Formatter().parse(form) if name}
    known = {
        name: value
        for name, value in names.items()
        if isinstance(value, str) and value not in ("", NOT_KNOWN_YET, HIDDEN)
    }
    return known if len(known) == len(names) else None


def provider_id(type_token: str, inputs: Mapping[str, Any]) -> Optional[str]:
    """Give the id that a resource with these inputs has once it exists; None as `names_in_id`."""
    names = names_in_id(type_token, inputs)
    return None if names is None else ID_FORMS[type_token].format(**names)
