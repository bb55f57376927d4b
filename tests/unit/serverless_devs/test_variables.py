"""The variables of Serverless Devs, each in its place."""

from typing import Any

import pytest
from fc_async_tasks.serverless_devs import CannotConvert
from fc_async_tasks.serverless_devs.composed import Account, Composed, Environment

from tests.unit.serverless_devs.conftest import MakeSample
from tests.unit.serverless_devs.sample import Sample

TEXT = """\
edition: 3.0.0
name: variables
access: somebody
vars:
  region: cn-hangzhou
  deep: {list: [a, {b: c}], of: "${vars.region}-x"}
resources:
  other:
    component: fc3
    props: {functionName: other-one, runtime: python3, code: ./other, handler: index.handler}
  one:
    component: fc3
    props:
      functionName: one
      runtime: python3
      code: ./code
      handler: index.handler
      environmentVariables:
        VALUE: %s
"""


def value(sample: MakeSample, written: str, **environment: str) -> Any:
    made = sample(TEXT % written, **environment)
    return made.arguments()["one"]["environment_variables"].get("VALUE")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("${vars.region}", "cn-hangzhou"),
        ("'${ vars.region }'", "cn-hangzhou"),
        ("a-${vars.region}-b", "a-cn-hangzhou-b"),
        ("${vars.deep.of}", "cn-hangzhou-x"),
        ("${vars.deep.list[1].b}", "c"),
        ("${this.name}", "one"),
        ("${this.access}", "somebody"),
        ("${this.props.functionName}", "one"),
        ("${resources.other.props.functionName}", "other-one"),
        ("${resources.other.output.functionName}", "other-one"),
        ("${other.props.functionName}", "other-one"),
        ("${path('./x')}", "./x"),
        ("10", "10"),
        ("1.50", "1.50"),
        ("yes", "yes"),
        ("true", "true"),
        ("0o17", "0o17"),
        ("2024-01-01", "2024-01-01"),
        ("$HOME {x}", "$HOME {x}"),
    ],
)
def test_what_the_file_knows(sample: MakeSample, written: str, expected: str) -> None:
    assert value(sample, written) == expected


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ("${env('STAGE')}", Environment("STAGE")),
        ('${env("STAGE")}', Environment("STAGE")),
        ("${env(STAGE)}", Environment("STAGE")),
        ("${env.STAGE}", Environment("STAGE")),
        ("${env('STAGE', 'test')}", Environment("STAGE", "test")),
        ("${env('STAGE', vars.region)}", Environment("STAGE", "cn-hangzhou")),
        ("${config('AccountID')}", Account()),
        ("${config(AccountID)}", Account()),
    ],
)
def test_what_only_the_environment_knows(sample: MakeSample, written: str, part: object) -> None:
    assert value(sample, written) == Composed((part,))  # pyright: ignore[reportArgumentType]


def test_files_beside_it(sample: MakeSample) -> None:
    made = sample(TEXT % "${file('./note.txt')}")
    (made.folder / "note.txt").write_text("from a file")
    assert made.arguments()["one"]["environment_variables"]["VALUE"] == "from a file"


def test_json_of_a_file_is_a_mapping(sample: MakeSample) -> None:
    text = TEXT.replace("environmentVariables:\n        VALUE: %s", "environmentVariables: %s")
    made = sample(text % "${json(file('./variables.json'))}")
    (made.folder / "variables.json").write_text('{"VALUE": "of json", "N": 3}')
    assert made.arguments()["one"]["environment_variables"] == {"VALUE": "of json", "N": "3"}


@pytest.mark.parametrize(
    "written",
    [
        "${resources.other.output.url.system_url}",
        "${var.region}",
        "${vars.nothing}",
        "${config('SecretKey')}",
        "${env('A') || 'b'}",
        "${upper('a')}",
        "x-${vars.deep}",
    ],
)
def test_what_cannot_be_known_is_left_out_and_told_with_its_line(
    sample: MakeSample, written: str
) -> None:
    made: Sample = sample(TEXT % f'"{written}"')
    assert "VALUE" not in made.arguments()["one"].get("environment_variables", {})
    path = "resources.one.props.environmentVariables.VALUE"
    assert made.no_counterpart() == {path: made.line("VALUE")}


def test_a_number_from_the_environment_is_one(sample: MakeSample) -> None:
    text = TEXT % "x" + "      timeout: ${env('SECONDS', 30)}\n"
    assert sample(text).arguments()["one"]["timeout"] == 30
    assert sample(text, SECONDS="90").arguments()["one"]["timeout"] == 90


def test_a_number_that_the_environment_does_not_have_is_asked_for(sample: MakeSample) -> None:
    made = sample(TEXT % "x" + "      timeout: ${env('SECONDS')}\n")
    with pytest.raises(CannotConvert, match="wants the environment variable SECONDS") as refused:
        made.converted()
    assert f"s.yaml:{made.line('SECONDS')} " in str(refused.value)


def test_the_lines_of_a_variable_are_where_its_value_stands(sample: MakeSample) -> None:
    made = sample(
        """\
        edition: 1.0.0
        vars:
          service:
            name: s
            tracingConfig: Enable
        services:
          one:
            component: fc
            props:
              service: ${vars.service}
              function: {name: one, runtime: python3, codeUri: ./code, handler: index.handler}
        """
    )
    assert made.no_counterpart() == {
        "services.one.props.tracingConfig": made.line("tracingConfig"),
    }
