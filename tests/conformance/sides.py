"""The two sides of a comparison, each with the official SDKs' clients: localcloud and the cloud."""

import os
import select
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from alibabacloud_fc20230330.client import Client as FunctionClient
from alibabacloud_mns_open20220119.client import Client as QueueAdminClient
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_tea_openapi.utils_models import Config
from aliyun.log import LogClient
from mns.account import Account

from localcloud.account import ACCESS_KEY_ID, ACCESS_KEY_SECRET, ACCOUNT_ID, REGION


@dataclass(frozen=True)
class Keys:
    """An access key of an account, and a region."""

    key: str
    secret: str
    account_id: str
    region: str
    token: str = ""


LOCAL_KEYS = Keys(ACCESS_KEY_ID, ACCESS_KEY_SECRET, ACCOUNT_ID, REGION)


@dataclass(frozen=True)
class Endpoints:
    """Where each service is, as URLs."""

    fc: str
    ram: str
    sts: str
    mns_open: str
    smq: str
    log: str


def at_localcloud(url: str) -> Endpoints:
    """Every service of the localcloud at http://127.0.0.1:PORT."""
    return Endpoints(url, url, url, url, url, url)


def at_alibaba_cloud(account_id: str, region: str) -> Endpoints:
    """The public endpoints of Alibaba Cloud for an account and a region."""
    return Endpoints(
        fc=f"https://{account_id}.{region}.fc.aliyuncs.com",
        ram="https://ram.aliyuncs.com",
        sts=f"https://sts.{region}.aliyuncs.com",
        mns_open=f"https://mns-open.{region}.aliyuncs.com",
        smq=f"https://{account_id}.mns.{region}.aliyuncs.com",
        log=f"https://{region}.log.aliyuncs.com",
    )


@dataclass(frozen=True)
class Side:
    """One of the two clouds. `patience` is how long (s) what it promises may take to show."""

    name: str
    keys: Keys
    endpoints: Endpoints
    patience: float

    def with_keys(self, **changes: str) -> "Side":
        """The same cloud, called with another key or secret."""
        return replace(self, keys=replace(self.keys, **changes))

    def _config(self, url: str) -> Any:
        parts = urlsplit(url)
        make: Any = Config
        return make(
            endpoint=parts.netloc,
            protocol=parts.scheme.upper(),
            region_id=self.keys.region,
            access_key_id=self.keys.key,
            access_key_secret=self.keys.secret,
            security_token=self.keys.token or None,
        )

    @cached_property
    def fc(self) -> Any:
        """Function Compute."""
        return FunctionClient(self._config(self.endpoints.fc))

    @cached_property
    def ram(self) -> Any:
        """RAM."""
        return RamClient(self._config(self.endpoints.ram))

    @cached_property
    def sts(self) -> Any:
        """STS."""
        return StsClient(self._config(self.endpoints.sts))

    @cached_property
    def mns_open(self) -> Any:
        """SMQ's management."""
        return QueueAdminClient(self._config(self.endpoints.mns_open))

    @cached_property
    def smq(self) -> Account:
        """SMQ's data plane."""
        keys = self.keys
        return Account(self.endpoints.smq, keys.key, keys.secret, keys.token)

    @cached_property
    def log(self) -> Any:
        """Log Service, signed by version 1."""
        return self.log_client()

    def log_client(self, **options: Any) -> Any:
        """Log Service; `auth_version="v4", region=...` signs by version 4."""
        keys = self.keys
        client: Any = LogClient(
            self.endpoints.log,
            keys.key,
            keys.secret,
            securityToken=keys.token or None,
            source="conformance",
            **options,
        )
        if "127.0.0.1" in self.endpoints.log:
            client._isRowIp = True  # the project goes into the Host header alone
        return client


@contextmanager
def started_localcloud(folder: Path) -> Generator[str]:
    """A localcloud on a free port with its data in `folder`; its URL. It is ended afterwards.

    It has a session of its own: Ctrl-C reaches this process and not it, so that what was made on it
    can still be removed.
    """
    command = [sys.executable, "-m", "localcloud", "serve", "--port", "0", "--data", str(folder)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LOCALCLOUD_")}
    with (folder.parent / f"{folder.name}.log").open("w") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment,
            start_new_session=True,
        )
        assert process.stdout
        try:
            readable, _, _ = select.select([process.stdout], [], [], 30)
            line = process.stdout.readline() if readable else ""
            if not line.startswith("localcloud serves http"):
                raise RuntimeError(f"localcloud did not start: {line!r}; {log.name} has the reason")
            yield line.split()[2]
        finally:
            process.terminate()
            process.wait(30)
            process.stdout.close()
