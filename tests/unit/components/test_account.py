"""Region and account are asked of each provider once, however many components want to know."""

import pulumi
import pulumi_alicloud as alicloud
import pytest
from fc_async_tasks import AsyncTask, TaskQueue
from pulumi.runtime.config import CONFIG

from tests.unit.components.deployment import ACCOUNT, Deploy, Deployment

BOTH = ["getAccount", "getRegions"]


def asked(deployment: Deployment) -> "dict[str, list[str]]":
    """What was asked of each provider, by the provider's name; "" is the default one."""
    found: dict[str, list[str]] = {}
    for call in deployment.calls:
        provider = call.provider.rpartition("::")[0].rpartition("::")[2] if call.provider else ""
        found.setdefault(provider, []).append(call.token.rpartition(":")[2])
    return {provider: sorted(tokens) for provider, tokens in found.items()}


def test_many_components_ask_the_default_provider_once(deploy: Deploy) -> None:
    def program() -> "list[pulumi.Output[str]]":
        tasks = [AsyncTask(f"task{number}", {"code_path": "code"}) for number in range(3)]
        return [*(task.account_id for task in tasks), TaskQueue("alone", {}).destination_arn]

    deployment = deploy(program)

    assert asked(deployment) == {"": BOTH}
    assert len(deployment.of("AsyncTask")) == 3
    sent_to = f"acs:mns:cn-hangzhou:{ACCOUNT}:/queues/alone/messages"
    assert deployment.returned == [ACCOUNT, ACCOUNT, ACCOUNT, sent_to]


def test_the_region_that_is_set_is_the_default_providers_and_no_others(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CONFIG.get(), "alicloud:region", "cn-beijing")

    def program() -> "list[pulumi.Output[str]]":
        provider = alicloud.Provider("other", region="cn-shanghai")
        other = TaskQueue("other", {}, pulumi.ResourceOptions(provider=provider))
        return [TaskQueue("queue", {}).destination_arn, other.destination_arn]

    deployment = deploy(program, region="cn-shanghai")

    assert asked(deployment) == {"": BOTH, "other": BOTH}
    assert deployment.returned == [
        f"acs:mns:cn-beijing:{ACCOUNT}:/queues/queue/messages",
        f"acs:mns:cn-shanghai:{ACCOUNT}:/queues/other/messages",
    ]


def test_each_provider_is_asked_for_itself(deploy: Deploy) -> None:
    def program() -> None:
        for region in ("cn-beijing", "cn-shanghai"):
            provider = alicloud.Provider(region, region=region)
            for name in ("one", "two"):
                opts = pulumi.ResourceOptions(provider=provider)
                TaskQueue(f"{region}-{name}", {}, opts)
        TaskQueue("of-the-default-provider", {})

    assert asked(deploy(program)) == {"": BOTH, "cn-beijing": BOTH, "cn-shanghai": BOTH}


def test_another_program_of_the_same_process_asks_anew(deploy: Deploy) -> None:
    def program() -> "pulumi.Output[str]":
        return TaskQueue("queue", {}).destination_arn

    first, second = deploy(program), deploy(program, region="cn-beijing")

    assert asked(first) == asked(second) == {"": BOTH}
    assert second.returned == f"acs:mns:cn-beijing:{ACCOUNT}:/queues/queue/messages"
