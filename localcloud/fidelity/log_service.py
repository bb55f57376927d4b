"""Log Service (2020-12-30 and the older form of its SDKs): its calls and settings."""

from localcloud.fidelity import Table, acts, recorded, refused

CALLS = Table(
    "Log Service: calls",
    (
        acts("CreateProject", "`dataRedundancyType` other than LRS is refused"),
        acts("GetProject"),
        acts("UpdateProject"),
        acts("DeleteProject", "takes its logstores with it"),
        acts("ListProject"),
        acts("GetProjectPolicy"),
        recorded("PutProjectPolicy", "roles' own policies alone decide"),
        acts("DeleteProjectPolicy"),
        recorded("ChangeResourceGroup", "there are no resource groups"),
        acts("TagResources", "projects only"),
        acts("UntagResources", "projects only"),
        acts("ListTagResources", "projects only"),
        acts("CreateLogStore"),
        acts("GetLogStore"),
        acts("UpdateLogStore", "what is left out stays as it is"),
        acts("DeleteLogStore"),
        acts("ListLogStores"),
        acts("GetLogStoreMeteringMode"),
        recorded("UpdateLogStoreMeteringMode", "nothing is charged here"),
        acts("ListShards", "as many as `shardCount` says"),
        acts("CreateIndex"),
        acts("GetIndex"),
        acts("UpdateIndex", "counts for the logs already written too, without reindexing (ours)"),
        acts("DeleteIndex"),
        acts("PutLogs", "lz4, deflate or not compressed; zstd is refused"),
        acts("GetLogs", "search; SQL after `|` and scan mode are refused"),
        acts("GetLogsV2", "as GetLogs"),
        acts("GetHistograms"),
        acts("GetCursor", "all logs lie in shard 0 (ours)"),
        acts("GetCursorTime"),
        acts("PullLogs", "`query` and `processor` (SPL) are refused"),
        refused("every other call", "not implemented"),
    ),
)

PROJECT = Table(
    "Log Service: settings of a project",
    (
        acts("projectName"),
        acts("description"),
        acts("dataRedundancyType", "LRS; every other one is refused"),
        recorded("resourceGroupId", "there are no resource groups"),
    ),
)

SETTINGS = Table(
    "Log Service: settings of a logstore",
    (
        acts("ttl", "1..3650 days from when a log came in; 3650 is for ever"),
        acts("shardCount", "shown as shards; all logs lie in shard 0 (ours)"),
        acts(
            "appendMeta",
            "PutLogs adds `__client_ip__` and `__receive_time__`; Function Compute's own lines go "
            "without (ours)",
        ),
        recorded("autoSplit", "shards are only shown", harmless=(False,)),
        recorded("maxSplitShard", "shards are only shown", harmless=(0,)),
        recorded("mode", "every logstore is a standard one", harmless=("standard",)),
        recorded("enable_tracking", "nothing is taken from browsers", harmless=(False,)),
        recorded("encrypt_conf", "logs lie unencrypted in the data folder", harmless=({},)),
        recorded("hot_ttl", "there is one kind of storage"),
        recorded("infrequentAccessTTL", "there is one kind of storage"),
        refused("telemetryType", "there are logs only, no metrics; the empty default is accepted"),
    ),
)

INDEX = Table(
    "Log Service: settings of an index",
    (
        acts("line", "token, caseSensitive, chn, include_keys, exclude_keys"),
        acts("keys", "text, long, double, json with json_keys; chn: Chinese is found anywhere"),
        recorded("keys.doc_value", "there is no SQL that would use it", harmless=(True, False)),
        recorded("keys.alias", "there is no SQL that would use it", harmless=("",)),
        recorded("max_text_len", "there is no SQL that would use it", harmless=(0,)),
        recorded("log_reduce", "logs are not clustered", harmless=(False,)),
        recorded("log_reduce_white_list", "logs are not clustered"),
        recorded("log_reduce_black_list", "logs are not clustered"),
        recorded("ttl", "the index lives as long as the logs", harmless=(1,)),
        refused("every other setting", "not implemented"),
    ),
)

_RANGE = ("from", "to", "fromNs", "toNs", "query", "topic", "accurate")
_PAGE = ("offset", "size")

QUERIES: dict[str, tuple[str, ...]] = {
    "GetProject": (*_PAGE, "projectName", "description", "resourceGroupId"),
    "ListTagResources": ("resourceType", "resourceId", "tags", "nextToken"),
    "ListLogStores": (*_PAGE, "logstoreName", "telemetryType", "mode"),
    "GetLogStore": (
        "type",
        *_RANGE,
        "line",
        "offset",
        "reverse",
        "powerSql",
        "forward",
        "session",
        "highlight",
        "shard",
    ),
    "PutLogs": ("key",),
    "PullLogs": (
        "type",
        "from",
        "cursor",
        "end_cursor",
        "count",
        "query",
        "processor",
        "pullMode",
    ),
}
"""Route -> the parameters in its query that are known, as those of GetLogs; others are refused.
GetProject's path is ListProject's too, GetLogStore's that of GetLogs and GetHistograms, and
PullLogs' that of GetCursor and GetCursorTime."""

BODIES: dict[str, tuple[str, ...]] = {
    "UpdateProject": ("projectName", "description"),
    "ChangeResourceGroup": ("resourceId", "resourceGroupId", "resourceType"),
    "TagResources": ("resourceType", "resourceId", "tags"),
    "UntagResources": ("resourceType", "resourceId", "tags", "all"),
    "UpdateLogStoreMeteringMode": ("meteringMode",),
}
"""Operation -> the fields of its JSON; those of projects, logstores, indexes and GetLogsV2 have
tables of their own. Every other field is refused."""

SEARCH = Table(
    "Log Service: parameters of GetLogs, GetLogsV2 and GetHistograms",
    (
        acts("from"),
        acts("to", "the first second that is not searched"),
        acts("fromNs"),
        acts("toNs"),
        acts("query", "see searching below"),
        acts("topic"),
        acts("line", "0..100"),
        acts("offset"),
        acts("reverse"),
        acts("accurate", "every answer is accurate and in the order of time"),
        acts("powerSql", "there is no SQL: it changes nothing, as at the service without SQL"),
        acts("forward", "it is for scan mode: without that it changes nothing, as at the service"),
        refused("session", "there is no scan mode"),
        refused("highlight", "nothing is highlighted"),
        refused("shard", "all logs lie in shard 0"),
        refused("PullLogs.query", "there is no SPL"),
        refused("PullLogs.processor", "there is no SPL"),
        refused("PullLogs.pullMode", "there is no SPL"),
    ),
)

STATEMENTS = Table(
    "Log Service: searching",
    (
        acts("word", "anywhere in the log, as the index breaks it; * and ? within a word"),
        acts('"a phrase"', "all of its words, in any order; `#` before it: in this order"),
        acts("key: value", "of a field that the index has"),
        acts("key: *", "of logs that have the field"),
        acts("key > 1, >=, <, <=, =, in [1 5)", "of long and double fields"),
        acts("and, or, not, ( )", "words next to each other are `and`"),
        refused("| SELECT ...", "there is no SQL"),
    ),
)

TABLES = (CALLS, PROJECT, SETTINGS, INDEX, SEARCH, STATEMENTS)
