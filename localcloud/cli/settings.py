"""`localcloud settings`: what a stack's file has to say for the provider to talk to localcloud.

This is the one list of it; the stack files of this repository are tested to have the same.
"""

from localcloud.account import ACCOUNT_ID, REGION
from localcloud.wire.hosts import SUFFIX

ENDPOINTS = {
    "bssopenapi": f"bssopenapi.{SUFFIX}",
    "ecs": f"ecs.{SUFFIX}",
    "fc": f"fc.{SUFFIX}",
    "location": f"location.{SUFFIX}",
    # a name that begins with http is spoken to in plain HTTP by the provider's older log client
    "log": f"http-sls.{SUFFIX}",
    "mns": f"mns.{SUFFIX}",
    "mnsOpen": f"mns-open.{SUFFIX}",
    "ram": f"ram.{SUFFIX}",
    "sts": f"sts.{SUFFIX}",
}

PROVIDER = {
    "alicloud:region": REGION,
    "alicloud:protocol": "HTTP",
    "alicloud:accountId": ACCOUNT_ID,
    "alicloud:accountType": "Domestic",
    "alicloud:endpoints": [ENDPOINTS],
}

_COMMENT = """\
# The local cloud: `localcloud exec -- pulumi ...` brings these names, which resolve nowhere, to it.
# They belong into Pulumi.<stack>.yaml, under its `config:` where it has one already.
"""


def as_yaml() -> str:
    """The `config:` block of a stack's file, with a comment that says where it belongs."""
    import yaml

    return _COMMENT + yaml.safe_dump({"config": PROVIDER}, sort_keys=False)
