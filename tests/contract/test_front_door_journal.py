"""The journal of requests: what was asked, by whom, and nothing secret."""

import base64
import io
import json
from typing import Any

import pytest
from alibabacloud_fc20230330 import models as fc_models
from alibabacloud_fc20230330.client import Client as FunctionClient
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_ram20150501.models import CreateUserRequest
from aliyun.log.logexception import LogException
from darabonba.exceptions import DaraException

from tests.running_cloud import LogClientFactory, RunningCloud


def _last(cloud: RunningCloud) -> dict[str, Any]:
    return cloud.requests()[-1]


def test_requests_are_numbered_and_given_from_a_number_on(cloud: RunningCloud) -> None:
    for _ in range(3):
        cloud.send("GET", "/?Action=GetRole")
    entries = cloud.requests()
    assert [entry["sequence"] for entry in entries] == list(range(1, len(entries) + 1))
    assert cloud.requests(after=len(entries) - 1) == entries[-1:]
    assert cloud.own(f"requests?after={len(entries)}") == {"last": len(entries), "requests": []}


def test_a_wrong_number_is_refused(cloud: RunningCloud) -> None:
    for wrong in ("-1", "x", "1e3", "9" * 16):
        assert cloud.send("GET", f"/_localcloud/requests?after={wrong}")[0] == 400


@pytest.mark.parametrize("algorithm", ["v2", None], ids=["hmac-sha1", "acs3"])
def test_an_rpc_request_is_told_with_its_own_parameters_only(
    cloud: RunningCloud, algorithm: str | None
) -> None:
    client = RamClient(cloud.config(signature_algorithm=algorithm))
    with pytest.raises(DaraException):
        client.create_user(CreateUserRequest(user_name="somebody"))
    entry = _last(cloud)
    assert entry["dialect"] == "rpc"
    assert entry["operation"] == "CreateUser"
    assert entry["status"] == 400
    assert entry["parameters"] == {"UserName": "somebody"}
    assert "AlibabaCloud" in entry["userAgent"]
    assert entry["time"] > 1_600_000_000_000


def test_a_functions_code_and_environment_are_not_kept(
    cloud: RunningCloud, fc: FunctionClient
) -> None:
    archive = base64.b64encode(bytes(200_000)).decode()
    request = fc_models.CreateFunctionRequest(
        body=fc_models.CreateFunctionInput(
            function_name="journal-test",
            handler="index.handler",
            runtime="python3.10",
            code=fc_models.InputCodeLocation(zip_file=archive),
            environment_variables={"API_KEY": "very-secret-value"},
        )
    )
    with pytest.raises(DaraException):  # the archive is none
        fc.create_function(request)
    parameters = _last(cloud)["parameters"]
    assert parameters["functionName"] == "journal-test"
    assert parameters["code"]["zipFile"] == f"<{len(archive)} characters>"
    assert parameters["environmentVariables"] == {"API_KEY": "***"}
    assert "very-secret-value" not in json.dumps(cloud.requests())


def test_signatures_tokens_and_payloads_are_not_kept(
    cloud: RunningCloud, log_client: LogClientFactory, fc: FunctionClient
) -> None:
    with pytest.raises(LogException):
        log_client("STS.nobody", "hidden-secret", securityToken="hidden-token").list_logstore("p")
    with pytest.raises(DaraException):
        RamClient(cloud.config(signature_algorithm="v2", security_token="hidden-token")).get_role(
            _role_request()
        )
    with pytest.raises(DaraException):
        fc.invoke_function(
            "no-such-function",
            fc_models.InvokeFunctionRequest(body=io.BytesIO(b'{"a": "hidden-payload"}')),
        )
    told = json.dumps(cloud.requests())
    assert '"dialect": "log"' in told
    assert "no-such-function" in told
    for hidden in ("hidden-secret", "hidden-token", "hidden-payload", '"Signature"'):
        assert hidden not in told


def test_a_body_that_cannot_be_shown_hides_no_other_request(cloud: RunningCloud) -> None:
    for body in (b"[" * 16_000, b'{"a":' * 3000, b"\xff\xfe", b'{"a": NaN}'):
        cloud.send("POST", "/2023-03-30/functions", {}, body)
    told = cloud.requests()
    assert [entry["operation"] for entry in told[-4:]] == ["CreateFunction"] * 4


def _role_request() -> Any:
    from alibabacloud_ram20150501.models import GetRoleRequest

    return GetRoleRequest(role_name="r")
