"""The file for `pulumi import`: types, names, parents and ids of what is deployed."""

import json
from typing import Any

import pytest
from fc_async_tasks.serverless_devs import CannotConvert
from fc_async_tasks.serverless_devs.import_file import import_file
from fc_async_tasks.serverless_devs.made_by_auto import log_project

from tests.unit.serverless_devs.conftest import MakeSample
from tests.unit.serverless_devs.guide import GUIDE
from tests.unit.serverless_devs.sample import ACCOUNT, Sample

BARE = """\
edition: 3.0.0
name: bare
resources:
  bare:
    component: fc3
    props:
      region: cn-hangzhou
      functionName: bare
      runtime: python3.10
      handler: index.handler
      code: ./code
"""


def imported(made: Sample) -> "list[dict[str, Any]]":
    return json.loads(made.project(adopting=True).files["import.json"])["resources"]


def test_the_guides_function_stands_under_its_components(sample: MakeSample) -> None:
    resources = imported(sample(GUIDE).code("code"))
    kinds = [each["type"].rpartition(":")[2] for each in resources]
    assert kinds == ["AsyncTask", "TaskFunction", "V3Function", "V3AsyncInvokeConfig"]
    assert {each["logicalName"] for each in resources} == {"fc-job"}
    names = {each["name"]: each for each in resources}
    assert len(names) == 4
    assert names["fc-job TaskFunction"]["parent"] == "fc-job AsyncTask"
    assert names["fc-job V3Function"]["parent"] == "fc-job TaskFunction"
    assert [each.get("id") for each in resources] == [None, None, "my-fc-job", "my-fc-job"]
    assert [each.get("component", False) for each in resources] == [True, True, False, False]


def test_what_is_not_deployed_is_not_imported_but_told(sample: MakeSample) -> None:
    made = sample(BARE).code("code")
    kinds = [each["type"].rpartition(":")[2] for each in imported(made)]
    assert kinds == ["AsyncTask", "TaskFunction", "V3Function"]
    conversion = made.converted(adopting=True)
    import_file(conversion, "cn-hangzhou")
    told = [each.sentence for each in conversion.findings.differences]
    assert [each.split(":")[0] for each in told] == [
        "it has no role",
        "it has no logConfig",
        "it has no asyncInvokeConfig",
    ]


def test_the_logs_and_the_role_of_auto_are_taken_as_they_are(sample: MakeSample) -> None:
    made = sample(BARE + "      role: auto\n      logConfig: auto\n").code("code")
    arguments = made.arguments(adopting=True)["bare"]
    assert arguments["existing_log_project"] == log_project(ACCOUNT, "cn-hangzhou")
    assert arguments["existing_logstore"] == "default-logs"
    assert arguments["role_arn"] == f"acs:ram::{ACCOUNT}:role/aliyunfcdefaultrole"
    made_anew = made.arguments()["bare"]
    assert not made_anew.keys() & {"existing_log_project", "role_arn"}


def test_the_project_of_auto_has_the_name_that_fc3_gives_it() -> None:
    # uuid-by-string's own example: the SHA-1 of a text, marked as version 5.
    assert log_project("Hello world!", "x") == "serverless-x-d3486ae9-136e-5856-bc42-212385ea7970"


def test_the_logs_of_auto_need_the_account(sample: MakeSample) -> None:
    made = sample(BARE + "      logConfig: auto\n").code("code")
    with pytest.raises(CannotConvert, match="give it with --account"):
        made.project(adopting=True, account=None)


def test_a_role_without_logs_makes_none(sample: MakeSample) -> None:
    made = sample(GUIDE).code("code")
    assert made.arguments(adopting=True)["fc-job"]["logging"] is False
    assert "logging" not in made.arguments()["fc-job"]


def test_a_name_that_is_not_known_cannot_be_imported(sample: MakeSample) -> None:
    made = sample(BARE.replace("functionName: bare", "functionName: ${env('NAME')}")).code("code")
    with pytest.raises(CannotConvert, match="must be known to import it"):
        made.project(adopting=True)


def test_a_function_elsewhere_is_left_to_its_owner(sample: MakeSample) -> None:
    there = (
        BARE.split("resources:\n")[1].replace("cn-hangzhou", "cn-beijing").replace("bare", "far")
    )
    resources = imported(sample(BARE + there).code("code"))
    assert {each["logicalName"] for each in resources} == {"bare"}


def test_a_function_of_an_older_service_cannot_be_adopted(sample: MakeSample) -> None:
    made = sample(
        "edition: 1.0.0\nservices:\n  a:\n    component: fc\n    props:\n"
        "      region: cn-hangzhou\n      service: {name: s}\n"
        "      function: {name: f, runtime: python3, codeUri: ./code, handler: index.handler}\n"
    ).code("code")
    with pytest.raises(CannotConvert, match=r"SERVICE\$FUNCTION"):
        made.project(adopting=True)
