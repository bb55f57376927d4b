"""The tables of what acts, is recorded or refused: true to the docs, the routes, and the SDK."""

import re
from pathlib import Path
from typing import Any, cast

import pytest
from alibabacloud_fc20230330 import models

from localcloud.clock import system_clock
from localcloud.fc.api import FunctionApi
from localcloud.fc.engine import TaskEngine
from localcloud.fc.instances.pool import InstancePool
from localcloud.fc.limits import FUNCTION_FIELDS
from localcloud.fidelity import Fate, Table
from localcloud.fidelity.access_management import ECS_CALLS, RAM_CALLS, STS_CALLS
from localcloud.fidelity.function_compute import ASYNC_SETTINGS, CALLS, FUNCTION_SETTINGS
from localcloud.fidelity.message_queue import MANAGEMENT_CALLS, MESSAGE_CALLS
from localcloud.fidelity.page import TABLES, fidelity_page
from localcloud.ram.api import RamApi
from localcloud.smq.api import SmqApi
from localcloud.wire.exchange import Route

from .conftest import Store


def function_routes(store: Store) -> list[Route]:
    pool = InstancePool(store.folder / "instances")
    engine = TaskEngine(store.database, system_clock, pool)
    # the pool's part of it is another room's business
    api = FunctionApi(store.database, system_clock, engine, cast(Any, pool), store.folder)
    return api.routes


def acting(table: Table) -> set[str]:
    return {entry.thing for entry in table.entries if entry.fate is Fate.ACTS}


def test_the_page_in_docs_is_the_one_that_the_tables_make() -> None:
    page = Path(__file__).parents[5] / "docs" / "fidelity.md"
    assert page.read_text(encoding="utf-8") == fidelity_page(), (
        "docs/fidelity.md is not what localcloud/fidelity/ says: "
        "python -m localcloud.fidelity.page > docs/fidelity.md"
    )


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.heading)
def test_no_thing_stands_twice_and_all_but_acts_have_a_reason(table: Table) -> None:
    things = [entry.thing for entry in table.entries]
    assert len(things) == len(set(things))
    unexplained = [one.thing for one in table.entries if one.fate is not Fate.ACTS and not one.note]
    assert unexplained == []


def test_every_call_of_function_compute_has_a_route_and_every_route_an_entry(store: Store) -> None:
    routes = function_routes(store)
    operations = [route.operation for route in routes]
    assert sorted(operations) == sorted(entry.thing for entry in CALLS.entries)
    assert len({(route.method, route.template) for route in routes}) == len(routes)


def test_the_routes_are_at_the_addresses_that_the_sdk_calls(store: Store) -> None:
    source = Path(models.__file__).parents[1] / "client.py"
    text = source.read_text(encoding="utf-8")
    called = {
        action: (method, re.sub(r"\{[^}]*\}", "{}", path))
        for action, path, method in re.findall(
            r"action = '(\w+)',.*?pathname = f?'([^']*)',\s*method = '(\w+)'", text, re.S
        )
    }
    ours = {
        route.operation: (route.method, re.sub(r"\{[^}]*\}", "{}", route.template))
        for route in function_routes(store)
    }
    assert len(called) > 60
    assert ours == called


def test_every_field_of_a_function_in_the_sdk_is_checked_and_in_the_table() -> None:
    fields = sdk_fields(models.CreateFunctionInput)
    assert fields == set(FUNCTION_FIELDS)
    told = {entry.thing.split(".")[0] for entry in FUNCTION_SETTINGS.entries}
    assert told == fields


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("code", models.InputCodeLocation),
        ("logConfig", models.LogConfig),
        ("customRuntimeConfig", models.CustomRuntimeConfig),
        ("instanceLifecycleConfig.initializer", models.LifecycleHook),
        ("instanceLifecycleConfig.preStop", models.LifecycleHook),
    ],
)
def test_every_field_inside_them_is_in_the_table(path: str, model: type[Any]) -> None:
    told = {
        entry.thing.removeprefix(path + ".")
        for entry in FUNCTION_SETTINGS.entries
        if entry.thing.startswith(path + ".")
    }
    assert told == sdk_fields(model)


def test_every_field_of_an_asynchronous_configuration_is_in_the_table() -> None:
    told = {entry.thing.split(".")[0] for entry in ASYNC_SETTINGS.entries}
    assert told == sdk_fields(models.PutAsyncInvokeConfigInput)


def sdk_fields(model: type[Any]) -> set[str]:
    """The names on the wire of an SDK model's fields."""
    source = Path(cast(str, __import__(model.__module__, fromlist=["x"]).__file__))
    names = re.findall(r"m\.get\('(\w+)'\)", source.read_text(encoding="utf-8"))
    return set(names)


def test_ram_sts_and_ecs_serve_what_their_tables_say(store: Store) -> None:
    api = RamApi(store.database, system_clock)
    assert set(api.operations) == acting(RAM_CALLS)
    assert set(api.sts_operations) == acting(STS_CALLS)
    assert set(api.ecs_operations) == acting(ECS_CALLS)


def test_smq_serves_what_its_tables_say(store: Store) -> None:
    api = SmqApi(store.database, system_clock)
    assert set(api.operations) == acting(MANAGEMENT_CALLS)
    assert {route.operation for route in api.routes} == acting(MESSAGE_CALLS)
