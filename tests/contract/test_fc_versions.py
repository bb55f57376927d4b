"""Versions, aliases, concurrency and asynchronous configurations through the official SDK."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.function_packages import code_of, create_request, models, refusal_of

QUEUE = "acs:mns:cn-hangzhou:1234567890123456:/queues/done/messages"


@pytest.fixture
def job(fc: Any) -> Iterator[str]:
    """A function that answers "first"."""
    fc.create_function(create_request("job", code=code_of("handler = lambda e, c: 'first'")))
    yield "job"
    fc.delete_function("job")


def publish(fc: Any, job: str, description: str) -> str:
    body = models.PublishVersionInput(description=description)
    return fc.publish_function_version(
        job, models.PublishFunctionVersionRequest(body=body)
    ).body.version_id


def answer(fc: Any, job: str, qualifier: str | None) -> str:
    call = models.InvokeFunctionRequest(body=b"", qualifier=qualifier)
    return fc.invoke_function(job, call).body.read().decode()


def put_alias(fc: Any, job: str, version: str, weights: dict[str, float] | None = None) -> Any:
    body = models.CreateAliasInput(
        alias_name="prod", version_id=version, additional_version_weight=weights
    )
    return fc.create_alias(job, models.CreateAliasRequest(body=body)).body


def change(fc: Any, job: str, source: str) -> None:
    body = models.UpdateFunctionInput(code=code_of(source))
    fc.update_function(job, models.UpdateFunctionRequest(body=body))


def test_a_version_runs_what_was_published_and_has_its_own_description(fc: Any, job: str) -> None:
    assert publish(fc, job, "one") == "1"
    change(fc, job, "handler = lambda e, c: 'second'")
    assert publish(fc, job, "two") == "2"
    assert [answer(fc, job, which) for which in ("1", "2", None)] == ["first", "second", "second"]
    described = fc.get_function(job, models.GetFunctionRequest(qualifier="1")).body
    assert described.description == "one"
    assert fc.get_function(job, models.GetFunctionRequest()).body.description is None


def test_versions_are_listed_newest_first_and_deleted(fc: Any, job: str) -> None:
    for number in range(3):
        publish(fc, job, f"v{number}")

    def listed(**query: Any) -> tuple[list[str], str | None]:
        page = fc.list_function_versions(job, models.ListFunctionVersionsRequest(**query)).body
        return [version.version_id for version in page.versions], page.next_token

    assert listed() == (["3", "2", "1"], None)
    assert listed(direction="FORWARD", limit=2) == (["1", "2"], "3")
    assert listed(direction="FORWARD", limit=2, next_token="3") == (["3"], None)
    fc.delete_function_version(job, "2")
    assert listed()[0] == ["3", "1"]
    assert refusal_of(lambda: fc.delete_function_version(job, "2"))[:2] == (404, "VersionNotFound")
    assert publish(fc, job, "next") == "4"


def test_an_alias_leads_to_its_version_and_can_be_pointed_elsewhere(fc: Any, job: str) -> None:
    publish(fc, job, "one")
    change(fc, job, "handler = lambda e, c: 'second'")
    publish(fc, job, "two")
    put_alias(fc, job, "1")
    assert answer(fc, job, "prod") == "first"
    body = models.UpdateAliasInput(version_id="2")
    updated = fc.update_alias(job, "prod", models.UpdateAliasRequest(body=body)).body
    assert updated.version_id == "2"
    assert answer(fc, job, "prod") == "second"
    assert refusal_of(lambda: put_alias(fc, job, "1"))[:2] == (409, "AliasAlreadyExists")
    status, code, message = refusal_of(lambda: fc.delete_function_version(job, "2"))
    assert (status, code) == (400, "InvalidArgument")
    assert "alias 'prod' points at it" in message
    fc.delete_alias(job, "prod")
    assert refusal_of(lambda: fc.get_alias(job, "prod"))[:2] == (404, "AliasNotFound")


def test_a_weight_of_one_sends_every_call_to_the_other_version(fc: Any, job: str) -> None:
    publish(fc, job, "one")
    change(fc, job, "handler = lambda e, c: 'second'")
    publish(fc, job, "two")
    alias = put_alias(fc, job, "1", {"2": 1.0})
    assert alias.additional_version_weight == {"2": 1.0}
    assert {answer(fc, job, "prod") for _ in range(5)} == {"second"}
    listed = fc.list_aliases(job, models.ListAliasesRequest()).body.aliases
    assert [one.alias_name for one in listed] == ["prod"]


@pytest.mark.parametrize(
    ("version", "weights", "status", "code"),
    [
        ("9", None, 404, "VersionNotFound"),
        ("1", {"9": 0.5}, 404, "VersionNotFound"),
        ("1", {"1": 0.5}, 400, "InvalidArgument"),
        ("1", {"2": 1.5}, 400, "InvalidArgument"),
        ("LATEST", None, 400, "InvalidArgument"),
    ],
)
def test_an_alias_that_leads_nowhere_is_refused(
    fc: Any, job: str, version: str, weights: dict[str, float] | None, status: int, code: str
) -> None:
    publish(fc, job, "one")
    assert refusal_of(lambda: put_alias(fc, job, version, weights))[:2] == (status, code)


def test_concurrency_is_reserved_listed_and_released(fc: Any, job: str) -> None:
    assert refusal_of(lambda: fc.get_concurrency_config(job))[:2] == (404, "OnDemandConfigNotFound")
    body = models.PutConcurrencyInput(reserved_concurrency=3)
    fc.put_concurrency_config(job, models.PutConcurrencyConfigRequest(body=body))
    found = fc.get_concurrency_config(job).body
    assert found.reserved_concurrency == 3
    assert found.function_arn.endswith(":functions/job")
    configs = fc.list_concurrency_configs(models.ListConcurrencyConfigsRequest()).body.configs
    assert [config.reserved_concurrency for config in configs] == [3]
    fc.delete_concurrency_config(job)
    assert refusal_of(lambda: fc.get_concurrency_config(job))[:2] == (404, "OnDemandConfigNotFound")


def put_async(fc: Any, job: str, qualifier: str | None = None, **settings: Any) -> Any:
    body = models.PutAsyncInvokeConfigInput(**settings)
    request = models.PutAsyncInvokeConfigRequest(body=body, qualifier=qualifier)
    return fc.put_async_invoke_config(job, request).body


def get_async(fc: Any, job: str, qualifier: str | None = None) -> Any:
    request = models.GetAsyncInvokeConfigRequest(qualifier=qualifier)
    return fc.get_async_invoke_config(job, request).body


def test_an_asynchronous_configuration_is_merged_and_given_back_as_set(fc: Any, job: str) -> None:
    failure = models.DestinationConfig(on_failure=models.Destination(destination=QUEUE))
    put_async(fc, job, async_task=True, max_async_retry_attempts=0, destination_config=failure)
    put_async(fc, job, max_async_event_age_in_seconds=172_800)
    found = get_async(fc, job)
    assert found.async_task is True
    assert found.max_async_retry_attempts == 0
    assert found.max_async_event_age_in_seconds == 172_800
    assert found.destination_config.to_map() == {"onFailure": {"destination": QUEUE}}
    fc.delete_async_invoke_config(job, models.DeleteAsyncInvokeConfigRequest())
    assert refusal_of(lambda: get_async(fc, job))[:2] == (404, "AsyncConfigNotExists")


def test_an_empty_destination_is_refused_as_fc_refuses_it(fc: Any, job: str) -> None:
    empty = models.DestinationConfig(
        on_success=models.Destination(), on_failure=models.Destination(destination=QUEUE)
    )
    status, code, message = refusal_of(lambda: put_async(fc, job, destination_config=empty))
    assert (status, code) == (400, "InvalidDestinationResources")
    assert "The destination resource is invalid: destination can't be empty." in message
    assert refusal_of(lambda: get_async(fc, job))[:2] == (404, "AsyncConfigNotExists")


def test_each_qualifier_has_its_own_configuration(fc: Any, job: str) -> None:
    publish(fc, job, "one")
    put_alias(fc, job, "1")
    put_async(fc, job, max_async_retry_attempts=1)
    put_async(fc, job, "prod", max_async_retry_attempts=2)
    assert get_async(fc, job).max_async_retry_attempts == 1
    assert get_async(fc, job, "LATEST").max_async_retry_attempts == 1
    assert get_async(fc, job, "prod").max_async_retry_attempts == 2
    assert get_async(fc, job).function_arn.endswith(f":functions/{job}")
    assert get_async(fc, job, "prod").function_arn.endswith(f":functions/{job}/prod")
    assert refusal_of(lambda: get_async(fc, job, "1"))[:2] == (404, "AsyncConfigNotExists")

    def listed(**query: Any) -> tuple[list[int], str | None]:
        request = models.ListAsyncInvokeConfigsRequest(function_name=job, **query)
        page = fc.list_async_invoke_configs(request).body
        return [config.max_async_retry_attempts for config in page.configs], page.next_token

    assert listed() == ([1, 2], None)
    first, token = listed(limit=1)
    assert token
    assert first + listed(limit=1, next_token=token)[0] == [1, 2]
