"""Which host names a request may be for: this machine's and ours, nothing else.

localcloud is reached as the HTTP proxy of engine, provider and SDKs. It forwards nothing: a name
that is not ours is refused, so that a request meant for the real cloud is never answered, nor sent
on.
"""

SUFFIX = "localcloud.invalid"
"""The dev stack's endpoints are names under this one, which no resolver can know (RFC 6761)."""

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def is_loopback(host: str) -> bool:
    """Whether the name is this machine itself."""
    return host in _LOOPBACK


def is_ours(host: str) -> bool:
    """Whether a request for this host is one that localcloud answers.

    Log Service's SDKs put the project before the endpoint: `my-project.127.0.0.1` is ours too.
    """
    return (
        host in _LOOPBACK
        or host.endswith((".localcloud.invalid", ".127.0.0.1", ".localhost"))
        or host == SUFFIX
    )


def log_project(host: str) -> str:
    """The project in a Log Service host name, "" where the host is the endpoint alone.

    Under `localcloud.invalid` the endpoint is one label (`http-sls.localcloud.invalid`) and what
    stands before it is the project; before `127.0.0.1` and `localhost` everything is.
    """
    for loopback in (".127.0.0.1", ".localhost"):
        if host.endswith(loopback):
            return host[: -len(loopback)]
    if host.endswith("." + SUFFIX):
        project, _, _endpoint = host[: -len(SUFFIX) - 1].rpartition(".")
        return project
    return ""
