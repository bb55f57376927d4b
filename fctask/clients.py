"""The official SDKs' clients for a target, made from the environment's credentials.

The SDKs are imported when a client is made: each costs a good part of a command's start.
"""

import gc
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fctask.errors import CredentialsError
from fctask.target import Target, endpoint

if TYPE_CHECKING:
    from alibabacloud_fc20230330.client import Client as FcClient


def _first(*names: str) -> str:
    return next((os.environ[name] for name in names if os.environ.get(name)), "")


@contextmanager
def _many_imports() -> Generator[None]:
    """No garbage collection while thousands of objects come that stay: a tenth of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class Clients:
    """One client for each service, made when first used; safe to share between threads.

    Raises CredentialsError from the first use when the environment has no access key.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self._own = threading.local()  # SMQ's client has one connection, so each thread its own

    @cached_property
    def _keys(self) -> tuple[str, str, str]:
        key = _first("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALICLOUD_ACCESS_KEY")
        secret = _first("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALICLOUD_SECRET_KEY")
        token = _first("ALIBABA_CLOUD_SECURITY_TOKEN", "ALICLOUD_SECURITY_TOKEN")
        if not key or not secret:
            raise CredentialsError(
                "no credentials: set ALIBABA_CLOUD_ACCESS_KEY_ID and "
                "ALIBABA_CLOUD_ACCESS_KEY_SECRET, or prefix the command with `localcloud exec --`."
            )
        return key, secret, token

    @cached_property
    def fc(self) -> "FcClient":
        """Function Compute 3.0 (API 2023-03-30)."""
        key, secret, token = self._keys
        with _many_imports():
            from alibabacloud_fc20230330.client import Client
            from alibabacloud_tea_openapi.models import Config

        target = self.target
        where = endpoint(
            "FCTASK_FC_ENDPOINT", f"https://{target.account_id}.{target.region}.fc.aliyuncs.com"
        )
        parts = urlsplit(where if "//" in where else f"https://{where}")
        config = Config(
            access_key_id=key,
            access_key_secret=secret,
            endpoint=parts.netloc,
            protocol=parts.scheme.upper(),
            region_id=target.region,
        )
        if token:
            config.security_token = token
        return Client(config)

    def queue(self, name: str) -> Any:
        """A queue on SMQ's data plane. Bodies come and go as they are (no Base64 by the SDK)."""
        if not hasattr(self._own, "smq"):
            keys = self._keys
            from mns.account import Account

            target = self.target
            where = endpoint(
                "FCTASK_SMQ_ENDPOINT",
                f"https://{target.account_id}.mns.{target.region}.aliyuncs.com",
            )
            self._own.smq = Account(where, *keys)
        queue = self._own.smq.get_queue(name)
        queue.set_encoding(False)
        return queue

    @cached_property
    def log(self) -> Any:
        """Log Service (its SDK has no types)."""
        key, secret, token = self._keys
        with _many_imports():
            from aliyun.log import LogClient

        where = endpoint("FCTASK_LOG_ENDPOINT", f"https://{self.target.region}.log.aliyuncs.com")
        # with `source` given, the SDK does not look for this machine's own address
        return LogClient(where, key, secret, securityToken=token or None, source="fctask")
