"""The older form, part by part: services, functions, triggers of component fc."""

from typing import Any

import pytest

from tests.unit.serverless_devs.conftest import MakeSample
from tests.unit.serverless_devs.sample import Sample

TEXT = """\
edition: %s
name: older
services:
  one:
    component: fc
    props:
      region: cn-hangzhou
      service:
        name: shop
%s
      function:
        name: bill
        codeUri: ./code
        runtime: %s
        handler: index.handler
        memorySize: 256
        timeout: 30
%s
"""


def older(
    sample: MakeSample,
    service: str = "",
    function: str = "",
    *,
    runtime: str = "python3.10",
    edition: str = "2.0.0",
) -> Sample:
    of_service = f"        {service}" if service else ""
    of_function = f"        {function}" if function else ""
    return sample(TEXT % (edition, of_service, runtime, of_function)).code("code")


def argument(made: Sample, name: str) -> Any:
    return made.arguments()["one"].get(name)


@pytest.mark.parametrize("edition", ["1.0.0", "2.0.0", "3.0.0"])
def test_the_form_decides_and_not_the_number(sample: MakeSample, edition: str) -> None:
    made = older(sample, edition=edition)
    assert argument(made, "function_name") == "bill"
    assert made.converted().edition == edition


def test_edition_3_with_the_component_fc(sample: MakeSample) -> None:
    made = older(sample, edition="3.0.0", service="tracingConfig: Enable")
    made.file.write_text(made.file.read_text().replace("services:", "resources:"))
    assert argument(made, "function_name") == "bill"
    path = "resources.one.props.tracingConfig"
    assert made.no_counterpart() == {path: made.line("tracingConfig")}


def test_network_and_mounts_of_the_service(sample: MakeSample) -> None:
    made = older(
        sample,
        "vpcConfig: {vpcId: vpc-1, vswitchIds: [vsw-1], securityGroupId: sg-1}\n"
        "        nasConfig: {userId: 1, groupId: 2, mountPoints: "
        "[{serverAddr: target, nasDir: /films, fcDir: /mnt/films}]}\n"
        "        vpcBinding: [vpc-1]",
    )
    assert argument(made, "vpc_config") == {
        "vpc_id": "vpc-1",
        "vswitch_ids": ["vsw-1"],
        "security_group_id": "sg-1",
    }
    assert argument(made, "nas_config") == {
        "user_id": 1,
        "group_id": 2,
        "mount_points": [{"server_addr": "target:/films", "mount_dir": "/mnt/films"}],
    }
    path = "services.one.props.vpcBinding"
    assert made.no_counterpart() == {path: made.line("vpcBinding")}


def test_a_role_with_policies_of_its_own_is_told(sample: MakeSample) -> None:
    made = older(sample, "role: {name: shop, policies: [AliyunOSSFullAccess]}")
    assert argument(made, "role_arn") is None
    assert made.no_counterpart() == {"services.one.props.service.role": made.line("role: {")}


def test_code_in_oss(sample: MakeSample) -> None:
    made = older(sample, function="ossBucket: codes\n        ossKey: bill.zip")
    made.file.write_text(made.file.read_text().replace("        codeUri: ./code\n", ""))
    assert argument(made, "code_from_oss") == {
        "bucket_name": "codes",
        "object_name": "bill.zip",
    }


def test_the_concurrency_of_an_instance_is_kept_and_told(sample: MakeSample) -> None:
    made = older(sample, function="instanceConcurrency: 10")
    assert argument(made, "instance_concurrency") == 10
    path = "services.one.props.function.instanceConcurrency"
    assert made.differences()[path] == made.line("instanceConcurrency")


def test_the_health_check_of_a_server(sample: MakeSample) -> None:
    made = older(
        sample,
        function="customRuntimeConfig: {command: [./x]}\n        caPort: 9000\n"
        "        customHealthCheckConfig: {httpGetUrl: /health, periodSeconds: 5}",
        runtime="custom",
    )
    assert argument(made, "custom_runtime_config") == {
        "commands": ["./x"],
        "port": 9000,
        "health_check_config": {"http_get_url": "/health", "period_seconds": 5},
    }


def test_a_timer_of_the_older_form(sample: MakeSample) -> None:
    made = older(sample)
    made.file.write_text(
        made.file.read_text()
        + "      triggers:\n        - name: nightly\n          type: timer\n"
        + "          config: {cronExpression: '0 0 2 * * *', enable: true}\n"
    )
    (function,) = made.converted().functions
    (timer,) = function.timers
    assert timer.value == {
        "trigger_name": "nightly",
        "cron_expression": "0 0 2 * * *",
        "enable": True,
    }


def test_functions_of_one_name_in_two_services_get_their_services_name(
    sample: MakeSample,
) -> None:
    made = older(sample)
    text = made.file.read_text()
    second = text.split("services:\n")[1].replace("one:", "two:").replace("shop", "store")
    made.file.write_text(text + second)
    names = {name: of["function_name"] for name, of in made.arguments().items()}
    assert names == {"one": "shop-bill", "two": "store-bill"}


def test_what_fc_takes_by_itself_is_not_known_and_told(sample: MakeSample) -> None:
    made = older(sample)
    made.file.write_text(made.file.read_text().replace("        timeout: 30\n", ""))
    assert argument(made, "timeout") is None
    assert "services.one.props.function.timeout" in made.differences()
