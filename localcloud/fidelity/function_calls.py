"""Function Compute 2023-03-30: what its calls take beside the settings of functions."""

from localcloud.fidelity import Table, acts, recorded

_PAGE = ("limit", "nextToken")

QUERIES: dict[str, tuple[str, ...]] = {
    "GetFunction": ("qualifier",),
    "GetFunctionCode": ("qualifier",),
    "ListFunctions": (
        *_PAGE,
        "prefix",
        "functionName",
        "runtime",
        "description",
        "resourceGroupId",
        "gpuType",
        "tags",
        "fcVersion",
    ),
    "ListFunctionVersions": (*_PAGE, "direction"),
    "ListAliases": (*_PAGE, "prefix"),
    "ListConcurrencyConfigs": (*_PAGE, "functionName"),
    "PutAsyncInvokeConfig": ("qualifier",),
    "GetAsyncInvokeConfig": ("qualifier",),
    "DeleteAsyncInvokeConfig": ("qualifier",),
    "ListAsyncInvokeConfigs": (*_PAGE, "functionName"),
    "ListTriggers": (*_PAGE, "prefix"),
    "ListLayerVersions": ("limit", "startVersion"),
    "ListLayers": (*_PAGE, "prefix", "official", "public"),
    "UntagResources": ("ResourceType", "ResourceId", "TagKey", "All"),
    "ListTagResources": ("ResourceType", "ResourceId", "Tag", "Limit", "NextToken"),
    "DescribeRegions": ("AcceptLanguage",),
    "InvokeFunction": ("qualifier",),
    "ListAsyncTasks": (
        *_PAGE,
        "prefix",
        "status",
        "qualifier",
        "startedTimeBegin",
        "startedTimeEnd",
        "sortOrderByTime",
        "includePayload",
    ),
    "GetAsyncTask": ("qualifier",),
    "StopAsyncTask": ("qualifier",),
}
"""Operation -> the parameters in its query that act; every other one is refused."""

BODIES: dict[str, tuple[str, ...]] = {
    "DisableFunctionInvocation": ("reason", "abortOngoingRequest"),
    "PublishFunctionVersion": ("description",),
    "CreateAlias": ("aliasName", "versionId", "description", "additionalVersionWeight"),
    "UpdateAlias": ("versionId", "description", "additionalVersionWeight"),
    "PutConcurrencyConfig": ("reservedConcurrency",),
    "CreateLayerVersion": ("code", "compatibleRuntime", "description", "license"),
    "CreateTrigger": (
        "triggerName",
        "triggerType",
        "triggerConfig",
        "qualifier",
        "description",
        "invocationRole",
        "sourceArn",
    ),
    "UpdateTrigger": ("triggerConfig", "qualifier", "description", "invocationRole"),
    "TagResources": ("ResourceType", "ResourceId", "Tag"),
    "ChangeResourceGroup": ("ResourceType", "ResourceId", "NewResourceGroupId"),
}
"""Operation -> the fields of its body; those of functions and of asynchronous configurations have
tables of their own. Every other field is refused."""

HEADERS = Table(
    "Function Compute: headers of a call",
    (
        acts("x-fc-invocation-type", "Sync or Async"),
        acts("x-fc-log-type", "Tail or None"),
        acts("x-fc-async-task-id"),
        acts("x-fc-async-delay", "seconds, above 0 and below 3600"),
        recorded(
            "x-fc-request-id",
            "a call gets an id of localcloud's own, in the answer's x-fc-request-id",
        ),
        recorded("any other x-fc-*", "no other header of Function Compute's does anything here"),
    ),
)

TRIGGER_SETTINGS = Table(
    "Function Compute: settings of a trigger",
    (
        acts("triggerName"),
        acts("triggerType", "see the types above"),
        acts("triggerConfig", "of a timer: cronExpression, payload, enable"),
        acts("qualifier"),
        acts("description"),
        recorded("invocationRole", "a timer needs no role, and no other trigger fires"),
        recorded("sourceArn", "nothing here sends events: only a timer fires"),
    ),
)

TABLES = (HEADERS, TRIGGER_SETTINGS)
