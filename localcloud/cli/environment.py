"""The environment in which engine, provider, SDKs and fctask talk to localcloud.

What each of them reads was found by running them; see docs/ for the account.
"""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from localcloud.account import ACCESS_KEY_ID, ACCESS_KEY_SECRET, ACCOUNT_ID, REGION
from localcloud.wire.hosts import SUFFIX

PASSPHRASE = "localcloud"  # noqa: S105 - documented: it guards nothing but local test values

_CREDENTIALS = {
    "ALICLOUD_ACCESS_KEY": ACCESS_KEY_ID,
    "ALICLOUD_SECRET_KEY": ACCESS_KEY_SECRET,
    "ALICLOUD_REGION": REGION,
    "ALICLOUD_ACCOUNT_ID": ACCOUNT_ID,
    "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY_ID,
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET,
    "ALIBABA_CLOUD_REGION": REGION,
    "ALIBABA_CLOUD_REGION_ID": REGION,
    "ALIBABA_CLOUD_ACCOUNT_ID": ACCOUNT_ID,
    "ALIBABA_CLOUD_ACCOUNT_TYPE": "Domestic",  # else the provider asks the billing service
    "ALIBABACLOUD_ACCESS_KEY_ID": ACCESS_KEY_ID,
    "ALIBABACLOUD_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET,
}

# Profiles, roles, tokens and addresses that provider or SDKs would prefer to the ones above.
_REMOVED = re.compile(
    r"""
    (ALICLOUD|ALIBABA_CLOUD|ALIBABACLOUD)_(
        PROFILE | SECURITY_TOKEN | SHARED_CREDENTIALS_FILE | CREDENTIALS_FILE | CREDENTIALS_URI
        | ECS_ROLE_NAME | ECS_METADATA | ASSUME_ROLE_\w+ | ROLE_ARN | ROLE_SESSION_NAME
        | OIDC_\w+ | SOURCE_IP | SECURE_TRANSPORT | SECURITY_TRANSPORT | STS_REGION
        | VPC_ENDPOINT_ENABLED | ENDPOINT_\w+
    )
    | (RAM|STS|FC|FC_OPEN|MNS|MNS_OPEN|SLS|LOG|ECS|LOCATION|BSSOPENAPI)_ENDPOINT
    | TF_ENDPOINT_PATH
    | http_proxy      # the engine's and the program's gRPC would go through it
    """,
    re.VERBOSE,
)

_NAMES = tuple(
    f"{name}.{SUFFIX}"
    for name in (
        "ram", "sts", "fc", "mns", "mns-open", "log", "http-sls", "project.http-sls",
        "ecs", "location", "bssopenapi",
    )
)  # fmt: skip


def environment_for(
    environ: Mapping[str, str],
    *,
    port: int,
    data: Path,
    first_on_path: Iterable[Path] = (),
    pulumi_home: Path | None = None,
) -> dict[str, str]:
    """`environ` as a command needs it that is to talk to the localcloud on `port`.

    `data` is its data folder, where Pulumi's state goes unless PULUMI_BACKEND_URL says otherwise.
    """
    made = {name: value for name, value in environ.items() if not _REMOVED.fullmatch(name)}
    made.update(_CREDENTIALS)
    made["HTTP_PROXY"] = f"http://127.0.0.1:{port}"
    for name in ("NO_PROXY", "no_proxy"):
        if name in made:
            kept = without_hiding_entries(made.pop(name))
            if kept:
                made[name] = kept
    made["TF_SKIP_RESOURCE_SCHEMA_VALIDATION"] = "true"  # the provider refuses FC's own 172800
    made["PULUMI_SKIP_UPDATE_CHECK"] = "true"
    if not made.get("PULUMI_CONFIG_PASSPHRASE") and not made.get("PULUMI_CONFIG_PASSPHRASE_FILE"):
        made["PULUMI_CONFIG_PASSPHRASE"] = PASSPHRASE
    if not made.get("PULUMI_BACKEND_URL"):
        made["PULUMI_BACKEND_URL"] = own_backend(data)
    if pulumi_home is not None:
        made["PULUMI_HOME"] = str(pulumi_home)
        # the engine keeps a log of each command there and looks at all of them at each start
        made.setdefault("PULUMI_LOG_ROTATION_MAX_TOTAL_MB", "20")
    # FC's and SMQ's SDKs take an address with a port; Log Service's puts the project before a
    # name, so that one goes by name through HTTP_PROXY
    made["FCTASK_FC_ENDPOINT"] = f"http://127.0.0.1:{port}"
    made["FCTASK_SMQ_ENDPOINT"] = f"http://127.0.0.1:{port}"
    made["FCTASK_LOG_ENDPOINT"] = f"http://http-sls.{SUFFIX}"
    path = [str(entry) for entry in first_on_path]
    rest = [entry for entry in made.get("PATH", os.defpath).split(os.pathsep) if entry not in path]
    made["PATH"] = os.pathsep.join([*path, *rest])
    return made


def own_backend(data: Path) -> str:
    """The Pulumi backend inside a data folder."""
    return f"file://{data / 'pulumi'}"


def without_hiding_entries(no_proxy: str) -> str:
    """The NO_PROXY list without the entries that would keep some client from localcloud.

    The clients read an entry in four ways: the provider's newer client compares it whole, its older
    one takes it for a regular expression, Go's and requests' for a suffix, `*` for everything.
    """
    entries = [entry.strip() for entry in no_proxy.split(",")]
    return ",".join(entry for entry in entries if entry and not _hides(entry))


def _hides(entry: str) -> bool:
    suffix = entry.lower().split(":")[0].lstrip("*").lstrip(".")
    if not suffix or any(name == suffix or name.endswith("." + suffix) for name in _NAMES):
        return not entry.startswith("[") and "::" not in entry
    expression = "." + entry if entry.startswith("*") else entry
    try:
        return any(re.search(expression, name) for name in _NAMES)
    except re.error:
        return True  # the older client ends each call with an error over it
