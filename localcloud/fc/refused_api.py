"""FC 2023-03-30: the calls that localcloud refuses, each with the reason that the docs give."""

from localcloud.fc.resources_api import FUNCTION, ROOT
from localcloud.fidelity import Entry, Fate
from localcloud.fidelity.function_compute import CALLS
from localcloud.refusal import Refusal
from localcloud.wire.exchange import Answer, Call, Operation, Route

_SESSIONS = FUNCTION + "/sessions"
_DOMAINS = ROOT + "/custom-domains"

_ADDRESSES = {
    "PutLayerACL": ("PUT", ROOT + "/layers/{layerName}/acl"),
    "PutProvisionConfig": ("PUT", FUNCTION + "/provision-config"),
    "GetProvisionConfig": ("GET", FUNCTION + "/provision-config"),
    "DeleteProvisionConfig": ("DELETE", FUNCTION + "/provision-config"),
    "ListProvisionConfigs": ("GET", ROOT + "/provision-configs"),
    "PutScalingConfig": ("PUT", FUNCTION + "/scaling-config"),
    "GetScalingConfig": ("GET", FUNCTION + "/scaling-config"),
    "DeleteScalingConfig": ("DELETE", FUNCTION + "/scaling-config"),
    "ListScalingConfigs": ("GET", ROOT + "/scaling-configs"),
    "ListInstances": ("GET", FUNCTION + "/instances"),
    "CreateVpcBinding": ("POST", FUNCTION + "/vpc-bindings"),
    "ListVpcBindings": ("GET", FUNCTION + "/vpc-bindings"),
    "DeleteVpcBinding": ("DELETE", FUNCTION + "/vpc-bindings/{vpcId}"),
    "CreateCustomDomain": ("POST", _DOMAINS),
    "ListCustomDomains": ("GET", _DOMAINS),
    "GetCustomDomain": ("GET", _DOMAINS + "/{domainName}"),
    "UpdateCustomDomain": ("PUT", _DOMAINS + "/{domainName}"),
    "DeleteCustomDomain": ("DELETE", _DOMAINS + "/{domainName}"),
    "CreateSession": ("POST", _SESSIONS),
    "ListSessions": ("GET", _SESSIONS),
    "GetSession": ("GET", _SESSIONS + "/{sessionId}"),
    "UpdateSession": ("PUT", _SESSIONS + "/{sessionId}"),
    "DeleteSession": ("DELETE", _SESSIONS + "/{sessionId}"),
    "PauseSession": ("PUT", _SESSIONS + "/{sessionId}/pause"),
    "ResumeSession": ("PUT", _SESSIONS + "/{sessionId}/resume"),
    "CreateSnapshot": ("POST", FUNCTION + "/snapshots"),
    "GetSnapshot": ("GET", FUNCTION + "/snapshots/{snapshotId}"),
    "DeleteSnapshot": ("DELETE", FUNCTION + "/snapshots/{snapshotId}"),
    "ListSnapshots": ("GET", ROOT + "/snapshots"),
}


def _refusing(entry: Entry) -> Operation:
    async def refuse(_call: Call) -> Answer:
        raise Refusal("NotImplemented", f"localcloud refuses {entry.thing}: {entry.note}")

    return refuse


def refused_routes() -> list[Route]:
    """A route for each call that the table of calls has as refused."""
    return [
        Route(*_ADDRESSES[entry.thing], entry.thing, _refusing(entry))
        for entry in CALLS.entries
        if entry.fate is Fate.REFUSED
    ]
