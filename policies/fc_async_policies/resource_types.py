"""The resources of pulumi-alicloud 4.0 that the rules look at, by their type tokens."""

FUNCTION = "alicloud:fc/v3Function:V3Function"
ASYNC_CONFIGURATION = "alicloud:fc/v3AsyncInvokeConfig:V3AsyncInvokeConfig"
QUEUE = "alicloud:message/serviceQueue:ServiceQueue"
TOPIC = "alicloud:message/serviceTopic:ServiceTopic"
MNS_QUEUE = "alicloud:mns/queue:Queue"  # SMQ's resources under its former name
MNS_TOPIC = "alicloud:mns/topic:Topic"
LOG_PROJECT = "alicloud:log/project:Project"
LOGSTORE = "alicloud:log/store:Store"
ROLE = "alicloud:ram/role:Role"
RAM_POLICY = "alicloud:ram/policy:Policy"
POLICY_ATTACHMENTS = (
    "alicloud:ram/rolePolicyAttachment:RolePolicyAttachment",
    "alicloud:ram/userPolicyAttachment:UserPolicyAttachment",
    "alicloud:ram/groupPolicyAttachment:GroupPolicyAttachment",
    "alicloud:resourcemanager/policyAttachment:PolicyAttachment",
)
POLICY_DOCUMENTS = (
    RAM_POLICY,
    "alicloud:resourcemanager/policy:Policy",  # the same policies, by another service's API
    "alicloud:resourcemanager/policyVersion:PolicyVersion",
)

NAME_PROPERTIES = {
    FUNCTION: ("function", ("functionName",)),
    QUEUE: ("queue", ("queueName",)),
    TOPIC: ("topic", ("topicName",)),
    MNS_QUEUE: ("queue", ("name",)),
    MNS_TOPIC: ("topic", ("name",)),
    LOG_PROJECT: ("logProject", ("projectName", "name")),
    LOGSTORE: ("logstore", ("logstoreName", "name")),
    ROLE: ("role", ("roleName", "name")),
    RAM_POLICY: ("policy", ("policyName", "name")),
}
"""For each type: what the rules call it, and the properties that hold its name, the newest first.
"""

TAKES_TAGS = (FUNCTION, QUEUE, TOPIC, LOG_PROJECT, ROLE, RAM_POLICY)
