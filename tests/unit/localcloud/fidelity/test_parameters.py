"""Every field of every request that the official SDKs have for our calls is in a table, and true.

Where a new SDK has a field more, these fail until the table says what becomes of it.
"""

import inspect
import re
from pathlib import Path
from typing import Any

import alibabacloud_mns_open20220119.models as mns_models
import alibabacloud_ram20150501.models as ram_models
import alibabacloud_sts20150401.models as sts_models
import mns.mns_client
import mns.mns_xml_handler
import pytest
from alibabacloud_fc20230330 import models as fc_models
from aliyun.log import LogClient

import localcloud
from localcloud.fc.limits import FUNCTION_FIELDS
from localcloud.fidelity import Entry, Fate, Table, function_calls, function_compute, log_service
from localcloud.fidelity.access_management import PARAMETERS as RAM_PARAMETERS
from localcloud.fidelity.message_queue import PARAMETERS as SMQ_PARAMETERS
from localcloud.fidelity.message_queue import QUERIES as SMQ_QUERIES
from localcloud.fidelity.message_queue import XML
from localcloud.fidelity.page import acting_parameters
from localcloud.ram import api as ram
from localcloud.ram import regions, sts_operations
from localcloud.smq import management_api as smq
from localcloud.wire.rpc_operations import Operation
from localcloud.wire.rpc_parameters import ANYWHERE


def fields(model: type[Any] | None) -> set[str]:
    """The names on the wire of an SDK model's fields."""
    if model is None:
        return set()
    return set(re.findall(r"m\.get\('([\w-]+)'\)", inspect.getsource(model)))


def model_of(module: Any, name: str) -> type[Any] | None:
    return getattr(module, name, None)


def told(table: Table, call: str, fate: Fate) -> set[str]:
    """The parameters of a call that a table has with this fate."""
    return {
        entry.thing.partition(".")[2]
        for entry in table.entries
        if entry.fate is fate and entry.thing.startswith(call + ".")
    }


RPC: list[Any] = [
    pytest.param(name, operation, models, table, id=name)
    for operations, models, table in (
        (ram.OPERATIONS, ram_models, RAM_PARAMETERS),
        (sts_operations.OPERATIONS, sts_models, RAM_PARAMETERS),
        (regions.OPERATIONS, None, RAM_PARAMETERS),
        (smq.OPERATIONS, mns_models, SMQ_PARAMETERS),
    )
    for name, operation in operations.items()
]


@pytest.mark.parametrize(("name", "operation", "models", "table"), RPC)
def test_every_parameter_of_an_rpc_call_acts_or_is_told(
    name: str, operation: Operation, models: Any, table: Table
) -> None:
    known = set(operation.known)
    recorded, refused = told(table, name, Fate.RECORDED), told(table, name, Fate.REFUSED)
    assert recorded <= known, "recorded, but the code does not take it"
    assert not refused & known, "refused, but the code takes it"
    of_sdk = fields(model_of(models, f"{name}Request"))
    assert of_sdk - known == refused
    assert set(acting_parameters({name: operation}, table)[name]) == known - recorded


@pytest.mark.parametrize("table", [RAM_PARAMETERS, SMQ_PARAMETERS])
def test_the_tables_speak_of_calls_that_there_are(table: Table) -> None:
    calls = {entry.thing.partition(".")[0] for entry in table.entries}
    there = {*ram.OPERATIONS, *sts_operations.OPERATIONS, *regions.OPERATIONS, *smq.OPERATIONS}
    assert calls - {"*"} <= there
    assert told(table, "*", Fate.RECORDED) == ANYWHERE


ACTING_CALLS = [entry.thing for entry in function_compute.CALLS.entries if entry.fate is Fate.ACTS]


@pytest.mark.parametrize("call", ACTING_CALLS)
def test_every_query_parameter_of_function_compute_is_in_the_table(call: str) -> None:
    of_sdk = fields(model_of(fc_models, f"{call}Request")) - {"body"}
    body = set(function_calls.BODIES.get(call, ()))
    assert of_sdk - body == set(function_calls.QUERIES.get(call, ()))


BODY_MODELS: dict[str, Any] = {
    "DisableFunctionInvocation": fc_models.DisableFunctionInvocationRequest,
    "PublishFunctionVersion": fc_models.PublishVersionInput,
    "CreateAlias": fc_models.CreateAliasInput,
    "UpdateAlias": fc_models.UpdateAliasInput,
    "PutConcurrencyConfig": fc_models.PutConcurrencyInput,
    "CreateLayerVersion": fc_models.CreateLayerVersionInput,
    "CreateTrigger": fc_models.CreateTriggerInput,
    "UpdateTrigger": fc_models.UpdateTriggerInput,
    "TagResources": fc_models.TagResourcesInput,
    "ChangeResourceGroup": fc_models.ChangeResourceGroupInput,
}
IN_TABLES_OF_THEIR_OWN = {"CreateFunction", "UpdateFunction", "PutAsyncInvokeConfig"}


def test_every_field_of_function_computes_other_bodies_is_in_the_table() -> None:
    with_body = {
        call
        for call in ACTING_CALLS
        if "body" in fields(model_of(fc_models, f"{call}Request")) and call != "InvokeFunction"
    }
    assert with_body - IN_TABLES_OF_THEIR_OWN <= set(BODY_MODELS)
    assert set(function_calls.BODIES) == set(BODY_MODELS)
    for call, model in BODY_MODELS.items():
        assert set(function_calls.BODIES[call]) == fields(model), call


def test_an_update_of_a_function_has_no_field_that_creating_one_has_not() -> None:
    assert fields(fc_models.UpdateFunctionInput) <= set(FUNCTION_FIELDS)


def test_every_setting_of_a_trigger_is_in_the_table() -> None:
    settings = {entry.thing for entry in function_calls.TRIGGER_SETTINGS.entries}
    assert settings == fields(fc_models.CreateTriggerInput)


def test_every_header_of_an_invocation_that_the_sdk_has_is_in_the_table() -> None:
    of_sdk = fields(fc_models.InvokeFunctionHeaders) - {"commonHeaders"}
    acting = {e.thing for e in function_calls.HEADERS.entries if e.fate is Fate.ACTS}
    assert of_sdk <= acting


def test_every_field_that_smqs_client_writes_is_in_the_table() -> None:
    source = inspect.getsource(mns.mns_xml_handler)
    written: set[str] = set()
    for name, body in re.findall(r"class (\w+)Encoder\b(.*?)(?=\nclass |\Z)", source, re.S):
        root = {"Messages": "Message", "TopicMessage": "Message", "SetAccountAttr": "Account"}.get(
            name, name
        )
        written |= {f"{root}.{field}" for field in re.findall(r'insert_if_valid\("(\w+)"', body)}
        written |= {
            f"{root}.{field}"
            for field in ("UserProperties", "SystemProperties", "MessageAttributes")
            if f'"{field}"' in body or f"'{field}'" in body
        }
    assert len(written) > 12
    assert written == {entry.thing for entry in XML.entries}


def test_every_query_that_smqs_client_sends_is_in_the_table() -> None:
    source = inspect.getsource(mns.mns_client)
    sent = set(re.findall(r"[?&](\w+)=", source)) - {"accountmeta"}  # a call that is refused
    assert len(sent) >= 6
    assert sent <= {name for names in SMQ_QUERIES.values() for name in names}


LOG_METHODS: dict[str, tuple[str, ...]] = {
    "ListLogStores": ("list_logstore", "list_logstores"),
    "GetLogStore": ("get_histograms",),
    "PutLogs": ("put_logs",),
    "PullLogs": ("pull_logs", "get_cursor", "get_cursor_time"),
    "GetProject": ("list_project", "get_project"),
}


@pytest.mark.parametrize("call", LOG_METHODS)
def test_every_query_that_log_services_client_sends_is_in_the_table(call: str) -> None:
    client: Any = LogClient
    sent: set[str] = set()
    for method in LOG_METHODS[call]:
        sent |= set(re.findall(r"params\['(\w+)'\]", inspect.getsource(getattr(client, method))))
    known = set(log_service.QUERIES[call])
    if call == "ListLogStores":
        sent -= {"token", "line", "type"}  # of list_topics, which lists another thing
    assert sent <= known, sent - known


def test_the_parameters_of_searching_are_all_explained() -> None:
    explained = {entry.thing for entry in log_service.SEARCH.entries}
    asked = set(log_service.QUERIES["GetLogStore"]) - {"type"}
    assert {one for one in explained if "." not in one} == asked


def test_a_recorded_thing_says_why() -> None:
    entries: list[Entry] = [
        *RAM_PARAMETERS.entries,
        *SMQ_PARAMETERS.entries,
        *function_calls.HEADERS.entries,
    ]
    assert all(entry.note for entry in entries if entry.fate is not Fate.ACTS)


UNREAD = {("DescribeRegions", "AcceptLanguage")}  # the one region is named alike in each


@pytest.mark.parametrize(
    ("queries", "room"),
    [
        (function_calls.QUERIES, "fc"),
        (log_service.QUERIES, "sls"),
        (log_service.BODIES, "sls"),
        (SMQ_QUERIES, "smq"),
    ],
    ids=["fc", "log", "log bodies", "smq"],
)
def test_what_is_said_to_act_is_read_somewhere(
    queries: dict[str, tuple[str, ...]], room: str
) -> None:
    folder = Path(localcloud.__file__).parent / room
    code = "\n".join(file.read_text(encoding="utf-8") for file in folder.rglob("*.py"))
    unread = {
        (call, name) for call, names in queries.items() for name in names if f'"{name}"' not in code
    }
    assert unread <= UNREAD
