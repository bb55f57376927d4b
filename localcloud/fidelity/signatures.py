"""Who calls: the signatures of every service, and what else of a request is looked at."""

from localcloud.fidelity import Table, acts, refused

SIGNATURES = Table(
    "Signatures",
    (
        acts("RPC: HMAC-SHA1, version 1.0", "RAM, STS, ECS, SMQ's management"),
        acts("RPC: ACS3-HMAC-SHA256", "the same"),
        acts("ROA: HMAC-SHA1, version 1.0", "Function Compute"),
        acts("ROA: ACS3-HMAC-SHA256", "Function Compute"),
        acts("SMQ: HMAC-SHA1", "SMQ's data plane"),
        acts("Log Service, version 1: hmac-sha1, hmac-sha256"),
        acts("Log Service, version 4: SLS4-HMAC-SHA256"),
        acts("a request's time", "15 minutes from localcloud's clock, either way"),
        acts(
            "a request's nonce",
            "taken once, in RPC and ROA; SMQ and Log Service have none, as their SDKs send a "
            "request again as it was",
        ),
        acts("a body's digest", "Content-MD5, x-acs-content-sha256, x-log-content-sha256"),
        acts("security tokens", "of AssumeRole, and of a function's role in its handler"),
        acts(
            "an unknown access key",
            "403 in RPC, where the service answers 404 (ours): the provider takes any 404 for a "
            "resource that is gone",
        ),
        refused("every other scheme", "RSA, SM3, bearer tokens, requests without a signature"),
    ),
)

TABLES = (SIGNATURES,)
