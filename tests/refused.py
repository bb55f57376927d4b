"""What a service refused, as the official SDKs tell it."""

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from aliyun.log import LogException
from mns.mns_exception import MNSServerException


def refused(call: Callable[[], Any]) -> tuple[str | None, int | None]:
    """Code and status of the refusal of a call with an Alibaba Cloud client (RPC, ROA)."""
    with pytest.raises(AlibabaCloudException) as raised:
        call()
    return raised.value.code, raised.value.status_code


def smq_refused(call: Callable[[], Any]) -> str:
    """Code of the refusal of a call with SMQ's client."""
    with pytest.raises(MNSServerException) as raised:
        call()
    return raised.value.type


def log_refused(call: Callable[[], Any]) -> tuple[str, int]:
    """Code and status of the refusal of a call with Log Service's client."""
    with pytest.raises(LogException) as raised:
        call()
    refusal: Any = raised.value
    return refusal.get_error_code(), refusal.resp_status
