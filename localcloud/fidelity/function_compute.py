"""Function Compute 3.0 (API 2023-03-30): its calls and settings."""

from localcloud.fidelity import Table, acts, recorded, refused

_NO_CONTAINERS = "localcloud runs no containers"

CALLS = Table(
    "Function Compute: calls",
    (
        acts("CreateFunction"),
        acts("GetFunction", "of LATEST, a version, or the version an alias mainly points at"),
        acts("UpdateFunction", "what is left out stays; running calls finish on the old code"),
        acts(
            "DeleteFunction",
            "takes versions, aliases, triggers and configurations with it, and its instances: "
            "what runs in them fails; waiting tasks end as Invalid (ours)",
        ),
        acts(
            "ListFunctions",
            "filters: prefix, functionName, runtime, description, tags, "
            "resourceGroupId, gpuType, fcVersion",
        ),
        acts("GetFunctionCode", "`url` is a file: address, for programs on this machine (ours)"),
        acts("DisableFunctionInvocation", "`abortOngoingRequest: true` is refused"),
        acts("EnableFunctionInvocation"),
        acts("PublishFunctionVersion"),
        acts("ListFunctionVersions"),
        acts("DeleteFunctionVersion", "refused while an alias points at it (ours)"),
        acts("CreateAlias"),
        acts("GetAlias"),
        acts("UpdateAlias"),
        acts("DeleteAlias"),
        acts("ListAliases"),
        acts("PutConcurrencyConfig"),
        acts("GetConcurrencyConfig"),
        acts("DeleteConcurrencyConfig"),
        acts("ListConcurrencyConfigs"),
        acts("PutAsyncInvokeConfig", "fields that are left out stay as they are"),
        acts("GetAsyncInvokeConfig", "of LATEST without a qualifier"),
        acts("DeleteAsyncInvokeConfig"),
        acts("ListAsyncInvokeConfigs"),
        acts("CreateTrigger", "see the types of triggers below"),
        acts("GetTrigger"),
        acts("UpdateTrigger"),
        acts("DeleteTrigger"),
        acts("ListTriggers"),
        acts("CreateLayerVersion", "from `code.zipFile`"),
        acts("GetLayerVersion"),
        acts("GetLayerVersionByArn"),
        acts("ListLayerVersions"),
        acts("ListLayers", "there are no official or public layers"),
        acts("DeleteLayerVersion", "functions that have the layer keep its content"),
        acts("TagResources", "functions only"),
        acts("UntagResources"),
        acts("ListTagResources"),
        recorded("ChangeResourceGroup", "there are no resource groups"),
        acts("DescribeRegions", "the one region, named alike in every language"),
        acts("InvokeFunction"),
        acts("ListAsyncTasks"),
        acts("GetAsyncTask"),
        acts("StopAsyncTask"),
        refused("PutLayerACL", "there is no other account to open a layer to"),
        refused("PutProvisionConfig", "there are no provisioned instances; warm ones are reused"),
        refused("GetProvisionConfig", "there are no provisioned instances"),
        refused("DeleteProvisionConfig", "there are no provisioned instances"),
        refused("ListProvisionConfigs", "there are no provisioned instances"),
        refused("PutScalingConfig", "instances are scaled by the calls that wait"),
        refused("GetScalingConfig", "there are no scaling configurations"),
        refused("DeleteScalingConfig", "there are no scaling configurations"),
        refused("ListScalingConfigs", "there are no scaling configurations"),
        refused("ListInstances", "instances are not shown"),
        refused("CreateVpcBinding", "there are no VPCs on this machine"),
        refused("ListVpcBindings", "there are no VPCs on this machine"),
        refused("DeleteVpcBinding", "there are no VPCs on this machine"),
        refused("CreateCustomDomain", "no domain leads to this machine"),
        refused("GetCustomDomain", "no domain leads to this machine"),
        refused("UpdateCustomDomain", "no domain leads to this machine"),
        refused("DeleteCustomDomain", "no domain leads to this machine"),
        refused("ListCustomDomains", "no domain leads to this machine"),
        refused("CreateSession", "sessions are not implemented"),
        refused("GetSession", "sessions are not implemented"),
        refused("UpdateSession", "sessions are not implemented"),
        refused("DeleteSession", "sessions are not implemented"),
        refused("ListSessions", "sessions are not implemented"),
        refused("PauseSession", "sessions are not implemented"),
        refused("ResumeSession", "sessions are not implemented"),
        refused("CreateSnapshot", "snapshots are not implemented"),
        refused("GetSnapshot", "snapshots are not implemented"),
        refused("DeleteSnapshot", "snapshots are not implemented"),
        refused("ListSnapshots", "snapshots are not implemented"),
    ),
)

FUNCTION_SETTINGS = Table(
    "Function Compute: settings of a function",
    (
        acts("functionName"),
        acts("description"),
        acts("runtime", "see the runtimes below"),
        acts("handler"),
        acts("timeout", "1..86400 s, by default 3 s"),
        acts(
            "memorySize",
            "128..32768 MB in steps of 64, enforced on the function's processes; by default 512 MB "
            "(ours)",
        ),
        recorded(
            "cpu",
            "a function's processes share the machine's processors; checked against "
            "FC's limits, and its ratio to memorySize too",
        ),
        acts(
            "diskSize",
            "512 or 10240 MB: what an instance's files in TMPDIR may take together, and the largest"
            " file; looked at every quarter second (ours)",
        ),
        acts("instanceConcurrency", "1..200, by default 1"),
        acts("role", "must be a role of this account that exists (ours)"),
        acts("environmentVariables", "4 KB in all"),
        acts("tags"),
        recorded("resourceGroupId", "there are no resource groups"),
        acts("code.zipFile", "up to 75 MB (100 MB in Base64), unpacked up to 500 MB"),
        acts("code.checksum", "compared with the package's CRC-64"),
        refused("code.ossBucketName", "there is no OSS here: send the package as code.zipFile"),
        refused("code.ossObjectName", "there is no OSS here: send the package as code.zipFile"),
        acts(
            "layers",
            "layers of this account; official and public layers are refused, as their "
            "content is not here",
        ),
        acts("logConfig.project", "must exist, as at FC"),
        acts("logConfig.logstore", "must exist, as at FC"),
        recorded("logConfig.logBeginRule", "each line of output is one log", harmless=("None",)),
        recorded(
            "logConfig.enableRequestMetrics",
            "the report lines are written either way; there are no metrics",
            harmless=(False,),
        ),
        recorded("logConfig.enableInstanceMetrics", "there are no metrics", harmless=(False,)),
        recorded("logConfig.enableLlmMetrics", "there are no metrics", harmless=(False,)),
        acts("instanceLifecycleConfig.initializer.handler"),
        acts("instanceLifecycleConfig.initializer.timeout", "1..600 s, by default 3 s"),
        refused("instanceLifecycleConfig.initializer.command", "hooks are handlers here"),
        acts("instanceLifecycleConfig.preStop.handler"),
        acts("instanceLifecycleConfig.preStop.timeout", "1..900 s, by default 3 s"),
        refused("instanceLifecycleConfig.preStop.command", "hooks are handlers here"),
        acts("customRuntimeConfig.command", "by default the package's `bootstrap`"),
        acts("customRuntimeConfig.args"),
        acts("customRuntimeConfig.port", "by default 9000"),
        recorded(
            "customRuntimeConfig.healthCheckConfig",
            "an instance counts as healthy once its port answers",
        ),
        recorded(
            "customContainerConfig", _NO_CONTAINERS + ": every call of the function is refused"
        ),
        recorded(
            "internetAccess",
            "false closes nothing: the function's processes reach what this machine reaches",
            harmless=(True,),
        ),
        recorded("vpcConfig", "there are no VPCs on this machine"),
        recorded("nasConfig", "nothing is mounted"),
        recorded("ossMountConfig", "nothing is mounted"),
        recorded("polarFsConfig", "nothing is mounted"),
        recorded("juiceFsConfig", "nothing is mounted"),
        recorded("gpuConfig", "there are no GPUs here"),
        recorded("customDNS", "names resolve as they do on this machine"),
        recorded("tracingConfig", "nothing is traced"),
        recorded("microSandboxConfig", "instances are processes of this machine"),
        recorded("idleTimeout", "idle instances are kept as localcloud sees fit"),
        recorded("instanceIsolationMode", "calls share instances", harmless=("SHARE",)),
        recorded("sessionAffinity", "there are no sessions", harmless=("NONE",)),
        recorded("sessionAffinityConfig", "there are no sessions"),
        recorded("disableOndemand", "every instance is on demand", harmless=(False,)),
        recorded("enableLongLiving", "there are no provisioned instances", harmless=(False,)),
        recorded(
            "disableInjectCredentials", "the role's credentials are injected", harmless=("None",)
        ),
    ),
)

RUNTIMES = Table(
    "Function Compute: runtimes",
    (
        *(
            acts(runtime, "where a fitting interpreter is found")
            for runtime in (
                "python3",
                "python3.9",
                "python3.10",
                "python3.12",
                "nodejs12",
                "nodejs14",
                "nodejs16",
                "nodejs18",
                "nodejs20",
            )
        ),
        *(
            acts(
                runtime,
                "an HTTP server started by the function's command, on this machine's own system",
            )
            for runtime in ("custom", "custom.debian10", "custom.debian11", "custom.debian12")
        ),
        *(
            recorded(runtime, "it cannot be run here: every call of the function is refused")
            for runtime in ("java8", "java11", "php7.2", "dotnetcore3.1", "go1")
        ),
        recorded("custom-container", _NO_CONTAINERS + ": every call of the function is refused"),
    ),
)

TRIGGERS = Table(
    "Function Compute: types of triggers",
    (
        acts(
            "timer",
            "`@every Nm` and six-field cron with CRON_TZ; it calls the function "
            "asynchronously. Ours: what fell due more than a minute ago (localcloud was not "
            "running) is left out, not made up for",
        ),
        *(
            recorded(kind, "nothing here sends such events: the trigger never fires")
            for kind in (
                "http",
                "oss",
                "log",
                "mns_topic",
                "tablestore",
                "cdn_events",
                "eventbridge",
            )
        ),
    ),
)

ASYNC_SETTINGS = Table(
    "Function Compute: settings of asynchronous calls",
    (
        acts("asyncTask"),
        acts("maxAsyncEventAgeInSeconds", "1..604800 s, by default 86400 s"),
        acts("maxAsyncRetryAttempts", "0..8, by default 3"),
        acts(
            "destinationConfig.onSuccess",
            "an SMQ queue or topic, or a function, read as the task ends (ours); an empty one is "
            "refused, but for the quirk below",
        ),
        acts("destinationConfig.onFailure", "as onSuccess"),
    ),
)

TABLES = (CALLS, FUNCTION_SETTINGS, RUNTIMES, TRIGGERS, ASYNC_SETTINGS)
