"""The official SDKs' clients for a target, made from the environment's credentials.

The SDKs are imported when a client is made: each costs a good part of a command's start.
"""

import os
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fctask.target import Target, endpoint

if TYPE_CHECKING:
    from alibabacloud_fc20230330.client import Client as FcClient
    from mns.account import Account as SmqAccount


class CredentialsError(Exception):
    """No credentials were found; the text says where they are looked for."""


def _first(*names: str) -> str:
    return next((os.environ[name] for name in names if os.environ.get(name)), "")


class Clients:
    """One client for each service, made when first used.

    Raises CredentialsError from the first use when the environment has no access key.
    """

    def __init__(self, target: Target) -> None:
        self.target = target

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
        from alibabacloud_fc20230330.client import Client
        from alibabacloud_tea_openapi.models import Config

        target = self.target
        where = endpoint(
            "FCTASK_FC_ENDPOINT", f"https://{target.account_id}.{target.region}.fc.aliyuncs.com"
        )
        parts = urlsplit(where if "//" in where else f"https://{where}")
        key, secret, token = self._keys
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

    @cached_property
    def smq(self) -> "SmqAccount":
        """SMQ's data plane."""
        from mns.account import Account

        target = self.target
        where = endpoint(
            "FCTASK_SMQ_ENDPOINT", f"https://{target.account_id}.mns.{target.region}.aliyuncs.com"
        )
        return Account(where, *self._keys)
