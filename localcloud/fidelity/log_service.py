"""Log Service (2020-12-30 and the older form of its SDKs): its calls and settings."""

from localcloud.fidelity import Table, acts, recorded, refused

CALLS = Table(
    "Log Service: calls",
    (
        acts("CreateProject"),
        acts("GetProject"),
        acts("UpdateProject"),
        acts("DeleteProject"),
        acts("ListProject"),
        acts("ChangeResourceGroup", "the id is kept and given back; there are no resource groups"),
        acts("CreateLogStore"),
        acts("GetLogStore"),
        acts("UpdateLogStore"),
        acts("DeleteLogStore"),
        acts("ListLogStores"),
        acts("CreateIndex"),
        acts("GetIndex"),
        acts("UpdateIndex"),
        acts("DeleteIndex"),
        acts("PutLogs"),
        acts("GetLogs", "search; SQL after `|` is refused"),
        refused("every other call", "not implemented"),
    ),
)

SETTINGS = Table(
    "Log Service: settings of a logstore",
    (
        acts("ttl", "1..3650 days"),
        acts("shardCount", "shown as shards; all logs lie together"),
        recorded("autoSplit", "shards are only shown", harmless=(False,)),
        recorded("maxSplitShard", "shards are only shown", harmless=(0,)),
        recorded("enable_tracking", "nothing is taken from browsers", harmless=(False,)),
        recorded("encrypt_conf", "logs lie unencrypted in the data folder", harmless=({},)),
        recorded("hot_ttl", "there is one kind of storage"),
        recorded("infrequentAccessTTL", "there is one kind of storage"),
        refused("telemetryType other than the default", "there are logs only, no metrics"),
    ),
)

TABLES = (CALLS, SETTINGS)
