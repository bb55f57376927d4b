"""The program that is written: what it reads from the configuration, and what it never has."""

import ast

import pytest
import yaml

from tests.unit.serverless_devs.conftest import MakeSample
from tests.unit.serverless_devs.sample import ACCOUNT, functions_of, is_secret

FUNCTION = """\
edition: 3.0.0
name: my app
resources:
  worker:
    component: fc3
    props:
      region: cn-hangzhou
      functionName: worker
      runtime: python3.10
      handler: index.handler
      code: ./code
      environmentVariables:
        %s
"""


def test_a_variable_of_the_environment_becomes_a_key_with_its_value(sample: MakeSample) -> None:
    made = sample(FUNCTION % "BUCKET: ${env('OSS_BUCKET')}-x", OSS_BUCKET="films").code("code")
    files = made.project().files
    assert 'oss_bucket = config.require("ossBucket")' in files["__main__.py"]
    assert '"BUCKET": f"{oss_bucket}-x"' in files["__main__.py"]
    assert yaml.safe_load(files["Pulumi.prod.yaml"])["config"]["my-app:ossBucket"] == "films"
    (function,) = functions_of(made.deployed()).values()
    assert function["environmentVariables"] == {"BUCKET": "films-x"}


def test_a_default_is_the_keys_first_value(sample: MakeSample) -> None:
    made = sample(FUNCTION % "STAGE: ${env('STAGE', 'test')}").code("code")
    assert yaml.safe_load(made.project().files["Pulumi.prod.yaml"])["config"] == {
        "alicloud:region": "cn-hangzhou",
        "my-app:stage": "test",
    }


def test_an_empty_default_needs_no_key(sample: MakeSample) -> None:
    made = sample(FUNCTION % "SUFFIX: ${env('SUFFIX', '')}").code("code")
    assert 'suffix = config.get("suffix") or ""' in made.project().files["__main__.py"]
    (function,) = functions_of(made.deployed()).values()
    assert function["environmentVariables"] == {"SUFFIX": ""}


def test_what_is_not_set_must_be_set(sample: MakeSample) -> None:
    made = sample(FUNCTION % "BUCKET: ${env('OSS_BUCKET')}").code("code").project()
    (setting,) = made.configuration.settings
    assert setting.must_be_set
    assert "ossBucket" not in made.files["Pulumi.prod.yaml"]


@pytest.mark.parametrize(
    "line",
    [
        "DB_PASSWORD: hunter2-and-more",
        "FEISHU_APP_SECRET: hunter2-and-more",
        "ACCESS_KEY_ID: hunter2-and-more",
        "OPENAI_API_KEY: hunter2-and-more",
        "DATABASE: postgres://me:hunter2-and-more@db/x",
        "ARGS: --token hunter2-and-more",
        "KEYS: sk-hunter2-and-more-of-it",
        "WHO: LTAIhunter2andmore0000",
        'SETTINGS: \'{"password": "hunter2-and-more"}\'',
        "ANY: ${env('MY_TOKEN')}",
        "MY_TOKEN: ${env('ANY')}",
        "MY_TOKEN: ${env('ANY', 'hunter2-and-more')}",
        "URL: https://x/?t=${env('MY_TOKEN')}",
    ],
)
def test_a_secret_is_a_secret_and_is_written_nowhere(sample: MakeSample, line: str) -> None:
    secrets = {"MY_TOKEN": "hunter2-and-more", "ANY": "hunter2-and-more"}
    made = sample(FUNCTION % line, **secrets).code("code")
    project = made.project()
    assert "hunter2" not in "".join(project.files.values())
    (setting,) = project.configuration.settings
    assert setting.secret
    assert setting.must_be_set
    deployment = made.deployed({setting.key: "set-by-hand"})
    (name,) = functions_of(deployment)["worker"]["environmentVariables"]
    assert "set-by-hand" in functions_of(deployment)["worker"]["environmentVariables"][name]
    assert is_secret(deployment, "worker", name)


@pytest.mark.parametrize(
    "line", ["TZ: Asia/Shanghai", "KEYBOARD: us", "SECONDS: 10", "PATH: /x:/y"]
)
def test_what_is_no_secret_stays_in_the_program(sample: MakeSample, line: str) -> None:
    assert sample(FUNCTION % line).code("code").project().configuration.settings == []


def test_the_account_is_the_providers(sample: MakeSample) -> None:
    text = FUNCTION.replace("code: ./code", "code: ./code\n      role: jobs")
    made = sample(text % "A: b").code("code")
    assert "account_id = alicloud.get_account().id" in made.project().files["__main__.py"]
    assert made.deployed().inputs("V3Function")["role"] == f"acs:ram::{ACCOUNT}:role/jobs"


def test_what_is_left_out_is_told_in_the_program(sample: MakeSample) -> None:
    text = FUNCTION.replace("code: ./code", "code: ./code\n      customDomain: {domainName: auto}")
    made = sample(text % "A: b").code("code")
    line = made.line("customDomain")
    program = made.project().files["__main__.py"]
    assert f"# Not here: customDomain (line {line}).\nworker = AsyncTask(" in program


@pytest.mark.parametrize(
    "text",
    ['it\'s "quoted"', "a\\nb", "日本語", "tab\there", "{braces}", "\u202e reversed", "''' '''"],
)
def test_texts_come_out_as_they_went_in(sample: MakeSample, text: str) -> None:
    written = yaml.safe_dump({"description": text, "X": f"{text}-"}, allow_unicode=True).split("\n")
    body = "\n      ".join(line for line in written if not line.startswith("X"))
    made = sample(FUNCTION.replace("code: ./code", f"code: ./code\n      {body}") % "A: b")
    program = made.code("code").project().files["__main__.py"]
    texts = [node.value for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Constant)]
    assert text in texts


def test_names_that_python_cannot_have_and_names_that_meet(sample: MakeSample) -> None:
    one = "component: fc3\n    props: {runtime: python3, code: ./code, handler: index.handler}"
    names = ("class", "a-b", "a_b", "1st", "pulumi", "任务")
    resources = "".join(f"  {name}:\n    {one}\n" for name in names)
    made = sample(f"edition: 3.0.0\nname: names\nresources:\n{resources}").code("code")
    tree = ast.parse(made.project().files["__main__.py"])
    assigned = [
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    assert assigned == ["the_class", "a_b", "a_b_2", "the_1st", "pulumi_2", "task"]


def test_no_line_is_longer_than_its_text_makes_it(sample: MakeSample) -> None:
    made = sample(FUNCTION % "\n        ".join(f"V{n}: value-{n}" for n in range(30))).code("code")
    program = made.project().files["__main__.py"]
    assert max(map(len, program.splitlines())) <= 100


def test_several_functions_are_exported_by_name(sample: MakeSample) -> None:
    one = "component: fc3\n    props: {runtime: python3, code: ./code, handler: index.handler}"
    text = f"edition: 3.0.0\nresources:\n  one-a:\n    {one}\n  two:\n    {one}\n"
    program = sample(text).code("code").project().files["__main__.py"]
    assert (
        'pulumi.export(\n    "oneA",\n    {\n        "functionName": one_a.function_name,'
        in program
    )
    assert '"two",' in program
