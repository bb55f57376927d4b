"""Asynchronous configurations: merged, per qualifier, with destinations as FC takes them."""

from typing import Any

import pytest

from localcloud.fc import async_invoke_configs
from localcloud.fc.async_config import Destination, parse_destination
from localcloud.fc.documents import async_config_document
from localcloud.refusal import Refusal

from .conftest import NOW, Store

QUEUE = "acs:mns:cn-hangzhou:1234567890123456:/queues/done/messages"
PROVIDER = "AlibabaCloud Go Terraform-Provider/1.285.0 terraform"


def put(
    store: Store, document: dict[str, Any], agent: str = "", qualifier: str = ""
) -> dict[str, Any]:
    row = store.write(
        lambda tx: async_invoke_configs.put(tx, "job", qualifier, document, agent, NOW)
    )
    return async_config_document(row)


def test_what_is_left_out_stays_and_what_was_never_set_is_not_given_back(store: Store) -> None:
    store.create()
    first = put(store, {"asyncTask": True, "maxAsyncRetryAttempts": 0})
    assert first["maxAsyncRetryAttempts"] == 0
    assert "maxAsyncEventAgeInSeconds" not in first
    assert "destinationConfig" not in first
    second = put(store, {"maxAsyncEventAgeInSeconds": 172_800, "functionName": "job"})
    assert second["asyncTask"] is True
    assert second["maxAsyncEventAgeInSeconds"] == 172_800
    assert "functionName" not in second


@pytest.mark.parametrize("empty", [{}, {"destination": ""}, {"destination": None}])
def test_an_empty_side_is_refused_but_taken_as_absent_from_provider_1_285_0(
    store: Store, empty: dict[str, Any]
) -> None:
    store.create()
    document = {"destinationConfig": {"onSuccess": empty, "onFailure": {"destination": QUEUE}}}
    for agent in ("", "Terraform-Provider/1.290.0"):
        with pytest.raises(Refusal, match="destination can't be empty") as refused:
            put(store, document, agent)
        assert (refused.value.code, refused.value.status) == ("InvalidDestinationResources", 400)
    kept = put(store, document, PROVIDER)
    assert kept["destinationConfig"] == {"onFailure": {"destination": QUEUE}}


def test_one_side_alone_and_none_are_fine(store: Store) -> None:
    store.create()
    one = put(store, {"destinationConfig": {"onFailure": {"destination": QUEUE}}})
    assert one["destinationConfig"] == {"onFailure": {"destination": QUEUE}}
    assert put(store, {"destinationConfig": {}})["destinationConfig"] == {}


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        (QUEUE, Destination("queue", "done")),
        ("acs:mns:::/queues/done/messages", Destination("queue", "done")),
        ("acs:mns:cn-hangzhou::/topics/news/messages", Destination("topic", "news")),
        ("acs:fc:::functions/next", Destination("function", "next")),
        ("acs:fc:cn-hangzhou:1234567890123456:functions/n/prod", Destination("function", "n/prod")),
    ],
)
def test_destinations_that_fc_takes(arn: str, expected: Destination) -> None:
    assert parse_destination(arn) == expected


@pytest.mark.parametrize(
    ("arn", "words"),
    [
        ("done", "is none of"),
        ("acs:mns:cn-hangzhou:1234567890123456:/queues/done", "is none of"),
        ("acs:mns:cn-hangzhou:999:/queues/done/messages", "account '999'"),
        ("acs:mns:cn-beijing::/queues/done/messages", "region 'cn-beijing'"),
        ("acs:oss:::bucket", "is none of"),
    ],
)
def test_other_destinations_are_refused_with_the_reason(arn: str, words: str) -> None:
    with pytest.raises(Refusal, match="InvalidDestinationResources") as refused:
        parse_destination(arn)
    assert words in refused.value.message


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"maxAsyncEventAgeInSeconds": 604_801}, "1 to 604800 s"),
        ({"maxAsyncEventAgeInSeconds": 0}, "1 to 604800 s"),
        ({"maxAsyncRetryAttempts": 9}, "0 to 8"),
        ({"asyncTask": "yes"}, "asyncTask is 'yes'"),
        ({"destinationConfig": {"onTimeout": {}}}, "onTimeout"),
    ],
)
def test_values_outside_the_limits_are_refused(
    store: Store, document: dict[str, Any], words: str
) -> None:
    store.create()
    with pytest.raises(Refusal, match="InvalidArgument") as refused:
        put(store, document)
    assert words in refused.value.message


def test_a_qualifier_must_exist_and_has_a_configuration_of_its_own(store: Store) -> None:
    store.create()
    put(store, {"asyncTask": True})
    with pytest.raises(Refusal, match="AliasNotFound"):
        put(store, {"asyncTask": True}, qualifier="prod")
    with pytest.raises(Refusal, match="VersionNotFound"):
        store.read(lambda tx: async_invoke_configs.get(tx, "job", "1"))
