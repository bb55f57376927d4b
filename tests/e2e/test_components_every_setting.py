"""Every setting of the components, sent by the genuine provider and read back. In this order."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fctask.clients import Clients
from fctask.tasks import TaskQuery, call, follow, get, listing, submit
from tests.contract.function_packages import function_client, models
from tests.e2e.component_program import copy_component_program
from tests.e2e.stack import Stack
from tests.ran import Ran
from tests.running_cloud import ACCOUNT_ID, REGION, RunningCloud
from tests.wheel import make_wheel

TOKEN = "s3cr3t-token"
QUEUE = f"acs:mns:{REGION}:{ACCOUNT_ID}:/queues/all-results/messages"


class OwnCache(Stack):
    """A stack whose program keeps installed packages beside it; the engine's own cache stays."""

    def pulumi(self, *words: str) -> Ran:
        cache = f"XDG_CACHE_HOME={self.folder / 'cache'}"
        options = ("--stack", self.name, "--non-interactive")
        return self.exec("env", cache, "pulumi", *words, *options)


@pytest.fixture(scope="module")
def stack(cloud: RunningCloud, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The program in a folder of its own, with its package in a folder of wheels."""
    folder = copy_component_program("every_setting", tmp_path_factory.mktemp("clone") / "program")
    wheels = tmp_path_factory.mktemp("wheels")
    make_wheel(
        wheels,
        "wheel_of_fortune",
        "1.0",
        {"wheel_of_fortune/__init__.py": "def spin():\n    return 'luck'\n"},
        scripts={"spin": "wheel_of_fortune:spin"},
    )
    (folder / "films" / "requirements.txt").write_text("wheel-of-fortune==1.0\n")
    environment = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    made = OwnCache(folder, cloud.port, environment=environment)
    secret = made.pulumi("config", "set", "--secret", "token", TOKEN)
    assert secret.exit_code == 0, secret.text
    made.set("schedule", "0 0 2 * * *")
    return made


@pytest.fixture(scope="module")
def fc(cloud: RunningCloud) -> Any:
    return function_client(cloud.config())


def sent(cloud: RunningCloud, operation: str, name: str) -> dict[str, Any]:
    """The parameters of the one successful request for an operation that names a thing."""
    found = [
        one["parameters"]
        for one in cloud.requests()
        if one["operation"] == operation and name in json.dumps([one["parameters"], one["path"]])
    ]
    assert len(found) == 1, f"{operation} of {name} was asked for {len(found)} times: {found}"
    return found[0]


def test_up_provisions_it_all_without_a_warning(stack: Stack, cloud: RunningCloud) -> None:
    ran = stack.up()
    assert "warning:" not in ran.text, ran.text
    assert cloud.own("status")["counts"]["functions"] == 3


def test_the_function_is_sent_as_it_is_set(cloud: RunningCloud) -> None:
    created = sent(cloud, "CreateFunction", '"functionName": "films"')
    assert {name: created[name] for name in SETTINGS} == SETTINGS
    assert created["environmentVariables"] == {"TOKEN": "***", "MODE": "***"}  # the journal's own
    # NAS and name servers the provider sends only in an update of its own, right afterwards.
    updated = sent(cloud, "UpdateFunction", '"functionName": "films"')
    assert updated["nasConfig"] == NAS
    assert updated["customDNS"] == DNS
    assert updated["instanceLifecycleConfig"]["initializer"]["handler"] == "index.initialize"


LAYER = f"acs:fc:{REGION}:{ACCOUNT_ID}:layers/shared/versions/1"
SETTINGS = {
    "description": "films",
    "handler": "index.handler",
    "runtime": "python3.12",
    "memorySize": 512,
    "cpu": 0.5,
    "diskSize": 10240,
    "timeout": 30,
    "instanceConcurrency": 2,
    "internetAccess": False,
    "role": f"acs:ram::{ACCOUNT_ID}:role/films-role",
    "layers": [LAYER],
    "vpcConfig": {
        "vpcId": "vpc-1a2b",
        "vSwitchIds": ["vsw-1a2b", "vsw-3c4d"],
        "securityGroupId": "sg-1a2b",
    },
    "ossMountConfig": {
        "mountPoints": [
            {
                "bucketName": "raw-films",
                "bucketPath": "/2026",
                "endpoint": "http://oss-cn-hangzhou-internal.aliyuncs.com",
                "mountDir": "/mnt/raw",
                "readOnly": True,
            }
        ]
    },
    "gpuConfig": {"gpuType": "fc.gpu.ada.1", "gpuMemorySize": 49152},
    "instanceIsolationMode": "SHARE",
    "idleTimeout": 600,
    "resourceGroupId": "rg-films",
    "logConfig": {
        "project": "every-setting-logs",
        "logstore": "function-logs",
        "logBeginRule": "None",
        "enableRequestMetrics": False,
        "enableInstanceMetrics": True,
    },
    "Tags": [{"Key": "team", "Value": "films"}],
}
NAS = {
    "userId": 1000,
    "groupId": 1001,
    "mountPoints": [
        {
            "serverAddr": "1a2b-x.cn-hangzhou.nas.aliyuncs.com:/films",
            "mountDir": "/mnt/nas",
            "enableTLS": True,
        }
    ],
}
DNS = {
    "nameServers": ["192.0.2.53"],
    "searches": ["films.example"],
    "dnsOptions": [{"name": "ndots", "value": "2"}],
}


def test_custom_runtime_and_container_are_sent_as_they_are_set(cloud: RunningCloud) -> None:
    server = sent(cloud, "CreateFunction", '"functionName": "archive"')
    assert server["runtime"] == "custom.debian12"
    assert server["customRuntimeConfig"] == {
        "command": ["python3", "/code/server.py"],
        "args": ["--quiet"],
        "port": 9000,
        "healthCheckConfig": {
            "httpGetUrl": "/",
            "initialDelaySeconds": 1,
            "periodSeconds": 3,
            "timeoutSeconds": 1,
            "failureThreshold": 4,
            "successThreshold": 1,
        },
    }
    image = sent(cloud, "CreateFunction", '"functionName": "image"')
    assert image["runtime"] == "custom-container"
    assert "code" not in image
    container = image["customContainerConfig"]
    assert container["image"] == "registry-vpc.cn-hangzhou.aliyuncs.com/team/films:1.4"
    assert (container["entrypoint"], container["command"]) == (["python3"], ["server.py"])
    assert container["port"] == 8080
    assert container["healthCheckConfig"]["httpGetUrl"] == "/health"


def test_what_goes_with_the_function_is_sent(cloud: RunningCloud) -> None:
    assert sent(cloud, "PutConcurrencyConfig", "films")["reservedConcurrency"] == 5
    assert sent(cloud, "CreateAlias", "films") == {
        "aliasName": "prod",
        "description": "what customers call",
        "versionId": "1",
    }
    trigger = sent(cloud, "CreateTrigger", "nightly")
    assert (trigger["triggerType"], trigger["qualifier"]) == ("timer", "LATEST")
    assert trigger["description"] == "a reel a day"
    assert json.loads(trigger["triggerConfig"]) == {
        "cronExpression": "0 0 2 * * *",
        "enable": True,
        "payload": '{"reel":1}',
    }


def test_success_and_failure_go_to_different_places_or_one_side_only(cloud: RunningCloud) -> None:
    two_sides = sent(cloud, "PutAsyncInvokeConfig", '"functionName": "films"')
    assert two_sides["destinationConfig"] == {
        "onSuccess": {"destination": f"acs:fc:{REGION}:{ACCOUNT_ID}:functions/archive"},
        "onFailure": {"destination": QUEUE},
    }
    assert two_sides["maxAsyncEventAgeInSeconds"] == 7200
    assert two_sides["maxAsyncRetryAttempts"] == 2
    one_side = sent(cloud, "PutAsyncInvokeConfig", '"functionName": "archive"')
    assert one_side["destinationConfig"]["onSuccess"] == {
        "destination": "acs:mns:::/topics/done/messages"
    }
    assert not one_side["destinationConfig"].get("onFailure")


def test_the_role_may_do_what_the_settings_need_and_nothing_else(cloud: RunningCloud) -> None:
    policy = json.loads(sent(cloud, "CreatePolicy", "films-role")["PolicyDocument"])
    allowed = {
        action: each["Resource"] for each in policy["Statement"] for action in each["Action"]
    }
    bucket = ["acs:oss:*:*:raw-films", "acs:oss:*:*:raw-films/2026/*"]
    assert allowed == {
        "fc:InvokeFunction": [f"acs:fc:{REGION}:{ACCOUNT_ID}:functions/archive"],
        "mns:SendMessage": [QUEUE],
        "log:PostLogStoreLogs": [
            f"acs:log:{REGION}:{ACCOUNT_ID}:project/every-setting-logs/logstore/function-logs"
        ],
        "oss:ListObjects": bucket,
        "oss:GetObject": bucket,
    }


def test_tags_are_on_everything_that_takes_tags(cloud: RunningCloud) -> None:
    pair = [{"Key": "team", "Value": "films"}]
    assert json.loads(sent(cloud, "CreateRole", "films-role")["Tag"]) == pair
    assert json.loads(sent(cloud, "CreatePolicy", "films-role")["Tag"]) == pair
    queue = sent(cloud, "CreateQueue", "all-results")
    assert (queue["Tag.1.Key"], queue["Tag.1.Value"]) == ("team", "films")
    tagged = [one["parameters"] for one in cloud.requests() if one["operation"] == "TagResources"]
    assert {"key": "team", "value": "films"} in tagged[0]["tags"]
    assert [each["Tag"] for each in tagged if each.get("ResourceType") == "function"] == [pair]


def test_the_official_sdk_reads_it_back(fc: Any) -> None:
    found = fc.get_function("films", models.GetFunctionRequest()).body.to_map()
    settings = {name: found[name] for name in SETTINGS if name not in ("Tags", "layers")}
    assert settings == {n: v for n, v in SETTINGS.items() if n not in ("Tags", "layers")}
    assert found["layers"][0]["arn"] == LAYER
    assert (found["nasConfig"], found["customDNS"]) == (NAS, DNS)
    assert found["instanceLifecycleConfig"]["preStop"] == {"handler": "index.stop", "timeout": 10}
    assert found["environmentVariables"] == {"TOKEN": TOKEN, "MODE": "fast"}
    assert fc.get_concurrency_config("films").body.reserved_concurrency == 5
    assert fc.get_alias("films", "prod").body.version_id == "1"
    assert fc.get_trigger("films", "nightly").body.description == "a reel a day"


def test_a_second_preview_has_nothing_to_change_and_installs_nothing(stack: Stack) -> None:
    # uv, if it were run, would fail
    unusable = {**stack.environment, "UV_CACHE_DIR": "/dev/null/none"}
    offline = replace(stack, environment=unusable)
    ran = offline.pulumi("preview", "--json")
    assert ran.exit_code == 0, ran.text
    assert set(json.loads(ran.stdout)["changeSummary"]) == {"same"}, ran.text


def test_a_refresh_finds_no_drift(stack: Stack) -> None:
    ran = stack.pulumi("refresh", "--yes", "--skip-preview")
    assert ran.exit_code == 0, ran.text
    changed = [line for line in ran.stdout.splitlines() if "updated" in line]
    # The layer is the test's own: the provider reads its acl though nobody set it.
    assert [line for line in changed if "V3LayerVersion" not in line and "~ 1" not in line] == []


def test_a_secret_is_one_in_state_and_output_and_its_neighbour_is_not(stack: Stack) -> None:
    state = stack.pulumi("stack", "export").stdout
    assert TOKEN not in state
    resources = json.loads(state)["deployment"]["resources"]
    (films,) = [each for each in resources if each["urn"].endswith("V3Function::films")]
    for side in ("inputs", "outputs"):
        variables = films[side]["environmentVariables"]
        assert variables["MODE"] == "fast"
        assert "ciphertext" in variables["TOKEN"]
    shown = stack.pulumi("stack", "output")
    assert TOKEN not in shown.text
    assert "[secret]" in shown.stdout


def test_dependency_layer_and_initializer_are_there_when_the_task_runs(
    stack: Stack, clients_of: Callable[[Stack], Clients]
) -> None:
    clients = clients_of(stack)
    submitted = submit(clients, b"reel 1")
    *_, (_, state) = follow(clients, submitted.task_id)
    assert state.status == "Succeeded", state
    answered = get(clients, submitted.task_id).result
    assert answered is not None
    assert json.loads(answered) == {
        "received": "reel 1",
        "dependency": "luck",
        "layer": 7,
        "started": ["initialized"],
        "token": True,
        "mode": "fast",
    }


def test_the_timer_submits_a_task_whose_result_goes_on_to_the_next_function(
    stack: Stack, clients_of: Callable[[Stack], Clients], fc: Any
) -> None:
    # Soon, and every minute again: a machine that is too busy to be in time waits for the next.
    second = (int(time.time()) + 12) % 60
    stack.set("schedule", f"{second} * * * * *")
    stack.up()
    clients = clients_of(stack)
    event = found_event(clients, "nightly", time.monotonic() + 90)
    assert (event["triggerName"], event["payload"]) == ("nightly", '{"reel":1}')
    assert event["triggerTime"].endswith(f":{second:02}Z")
    on = models.ListAsyncTasksRequest(status="Succeeded", limit=100)
    deadline = time.monotonic() + 20
    while len(fc.list_async_tasks("archive", on).body.tasks or []) < 2:
        assert time.monotonic() < deadline, "the results of films did not reach archive"
        time.sleep(0.1)


def found_event(clients: Clients, trigger: str, deadline: float) -> Any:
    """The event of the task that a timer submitted, once it has succeeded."""
    while time.monotonic() < deadline:
        for task in listing(clients, TaskQuery(include_payload=True, status="Succeeded")):
            if task.payload and trigger in task.payload:
                return json.loads(task.payload)
        time.sleep(0.1)
    raise AssertionError(f"no task of the timer {trigger} has succeeded")


def test_a_change_is_published_and_the_alias_moves_to_it(
    stack: Stack, clients_of: Callable[[Stack], Clients], fc: Any
) -> None:
    assert stack.outputs()["versionId"] == "1"
    handler = stack.folder / "films" / "index.py"
    handler.write_text(handler.read_text() + "\nCHANGED = True\n")
    steps = stack.preview()
    assert (steps.get("update"), steps.get("replace")) == (2, 1), steps  # function, alias; version
    stack.up()
    assert stack.outputs()["versionId"] == "2"
    assert fc.get_alias("films", "prod").body.version_id == "2"
    versions = fc.list_function_versions("films", models.ListFunctionVersionsRequest()).body
    assert [each.version_id for each in versions.versions] == ["2"]
    answered = call(clients_of(stack), b"by alias", qualifier="prod")
    assert json.loads(answered.result)["received"] == "by alias"
    assert set(stack.preview()) == {"same"}


def test_code_in_oss_is_sent_as_it_is_set(stack: Stack, cloud: RunningCloud) -> None:
    before = cloud.own("requests")["last"]
    stack.set("fromOss", "true")
    ran = stack.pulumi("up", "--yes", "--skip-preview")
    assert ran.exit_code != 0
    assert "localcloud has no OSS" in ran.text  # which is as far as it goes here
    (asked,) = [one for one in cloud.requests(before) if one["operation"] == "CreateFunction"]
    assert asked["parameters"]["code"] == {
        "ossBucketName": "code-of-films",
        "ossObjectName": "films-1.4.zip",
        "checksum": "6150630341098459731",
    }


def test_destroy_leaves_nothing_but_the_record_of_tasks(stack: Stack, cloud: RunningCloud) -> None:
    stack.destroy()
    counts = cloud.own("status")["counts"]
    assert {kind for kind, count in counts.items() if count} == {"tasks"}
