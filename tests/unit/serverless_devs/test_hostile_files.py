"""Nothing that a file says becomes code: not of the program, not of its settings, not of a shell.

The program is read as Python reads it, and holds calls of Pulumi and of the components alone; and
it is run with no builtin but an import of these, so that anything else would end it.
"""

import ast
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from fc_async_tasks.serverless_devs import CannotConvert, NotAnSYaml
from fc_async_tasks.serverless_devs import marked as reading
from fc_async_tasks.serverless_devs.project_files import Project
from fc_async_tasks.serverless_devs.report import as_lines, next_commands
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.serverless_devs.conftest import MakeSample
from tests.unit.serverless_devs.sample import Sample

MODULES = ("pulumi", "pulumi_alicloud", "fc_async_tasks", "fc_async_tasks.serverless_devs")

CALLS = {
    *("AsyncTask", "TaskTimer", "pulumi.export", "pulumi.Config", "adopted"),
    *("config.require", "config.require_secret", "config.get", "config.get_secret"),
    *("config.get_bool", "alicloud.get_account", "alicloud.Provider"),
    *("pulumi.ResourceOptions", "pulumi.ResourceOptions.merge", "pulumi.Output.concat"),
}

PAYLOAD = "open('stolen', 'w')"

PIECES = [
    *(PAYLOAD, "\n", "\r", "\t", " ", "#", '"', "'", '"""', "'''", "\\", "\\\n", "{", "}", "{{"),
    *("\u2028", "\u0085", "\x0c", "\x1b[2J", "\x00", "\ud800", "\u202e", "\ufeff", "${", "$(id)"),
    *("`id`", ";", "%", "\\N{NULL}", "\\u000a", "- ", ": ", "secure:", "!!python/name:os.system"),
    *("任务", "é", "__import__('os')", ",", ")", "]", "alicloud:accessKey", "adopted", "config"),
]

TEXTS = st.lists(st.sampled_from(PIECES), max_size=6).map("".join) | st.text(max_size=12)

HOSTILE = f'"""\n{PAYLOAD}\n"""'
"""What ends a comment and a docstring, and is a statement then."""


def file_of(**hostile: Any) -> "dict[str, Any]":
    """Give an s.yaml with these texts in it; each is harmless where it is not given."""
    text: dict[str, str] = {
        **dict.fromkeys(("edition", "name", "resource", "key", "deep", "value", "variable"), "x"),
        **{
            "env": "PLACE",
            "default": "here",
            "region": "cn-hangzhou",
            "secret": "x",
            "code": "code",
        },
        **hostile,
    }
    composed = f"a${{env('{text['env']}', '{text['default']}')}}{text['value']}"
    props: dict[str, Any] = {
        "region": text["region"],
        "code": text["code"],
        "handler": text["value"],
        "runtime": "python3.12",
        "functionName": text["value"],
        "description": composed,
        "layers": [text["value"], composed],
        "role": "acs:ram::1:role/x",
        "tags": [{"key": text["key"], "value": text["value"], text["deep"]: 1}],
        "nasConfig": {"mountPoints": [{"serverAddr": text["value"], text["deep"]: text["value"]}]},
        "environmentVariables": {
            f"V{text['variable']}": text["value"],
            f"C{text['variable']}": composed,
            f"{text['variable']}_TOKEN": text["secret"],
        },
        "triggers": [
            {
                "triggerType": "timer",
                "triggerName": text["value"],
                "description": composed,
                text["deep"]: text["value"],
                "triggerConfig": {"cronExpression": "@every 1h", "payload": text["value"]},
            },
            {"triggerType": text["value"], "triggerName": text["value"]},
        ],
        f"k{text['key']}": {text["deep"]: text["value"]},
        "customDomain": {text["deep"]: text["value"]},
    }
    other = {"component": "fc3", "props": {**props, "region": "cn-shanghai"}}
    return {
        "edition": text["edition"],
        "name": text["name"],
        f"k{text['key']}": text["value"],
        "resources": {
            text["resource"]: {"component": "fc3", "props": props, f"k{text['key']}": {}},
            f"{text['resource']}2": other,
        },
    }


def written(sample: Sample, content: "dict[str, Any]") -> None:
    sample.file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


class Stand:
    """Stands for all that a program may take from Pulumi and the components; keeps the calls."""

    def __init__(self, name: str, calls: "list[tuple[str, tuple[Any, ...]]]") -> None:
        self._name = name
        self._calls = calls

    def __getattr__(self, name: str) -> "Stand":
        return Stand(name, self._calls)

    def __call__(self, *words: Any, **_: Any) -> "Stand":
        self._calls.append((self._name, words))
        return self


def run(program: str) -> "list[tuple[str, tuple[Any, ...]]]":
    """Run a program with nothing but stands to import; give the calls that it makes."""
    calls: list[tuple[str, tuple[Any, ...]]] = []

    def imported(name: str, *_: Any) -> Stand:
        assert name in MODULES, f"the program imports {name}"
        return Stand(name, calls)

    nothing_else = {"__builtins__": {"__import__": imported}}
    exec(compile(program, "__main__.py", "exec"), nothing_else)  # noqa: S102 - what is to be shown
    return calls


NODES = (
    *(ast.Module, ast.Expr, ast.Assign, ast.Import, ast.ImportFrom, ast.alias, ast.Call),
    *(ast.keyword, ast.Name, ast.Attribute, ast.Constant, ast.Dict, ast.List, ast.JoinedStr),
    *(ast.FormattedValue, ast.BoolOp, ast.Or, ast.Load, ast.Store, ast.UnaryOp, ast.USub),
)


def checked(program: str, functions: int) -> ast.Module:
    """Assert that a program holds what a program of so many functions holds, and no more."""
    tree = ast.parse(program)
    for node in ast.walk(tree):
        assert isinstance(node, NODES), ast.dump(node)
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) in CALLS, ast.unparse(node)
        if isinstance(node, ast.Import):
            assert {each.name for each in node.names} <= set(MODULES)
        if isinstance(node, ast.ImportFrom):
            assert node.module in MODULES
        if isinstance(node, ast.Expr) and node is not tree.body[0]:
            assert isinstance(node.value, ast.Call)
    first = tree.body[0]
    assert isinstance(first, ast.Expr)
    assert isinstance(first.value, ast.Constant)
    assigned = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and _stored(node)]
    assert len(assigned) == len(set(assigned)), "a variable takes another's name"
    assert not set(assigned) & {"pulumi", "alicloud", "adopted", "AsyncTask", "TaskTimer"}
    made = [
        node for node in tree.body if isinstance(node, ast.Assign) and _calls(node, "AsyncTask")
    ]
    assert len(made) == functions
    return tree


def _stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _calls(node: ast.Assign, name: str) -> bool:
    return isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == name


def check_settings(project: Project) -> None:
    """Assert that the two YAML files have the keys that they should, and texts for values."""
    about = yaml.safe_load(project.files["Pulumi.yaml"])
    assert about.keys() == {"name", "description", "runtime"}
    assert about["runtime"] == "python"
    assert about["name"].lower() not in ("alicloud", "pulumi")
    stack = yaml.safe_load(project.files["Pulumi.prod.yaml"])
    assert stack.keys() == {"config"}
    config = dict(stack["config"])
    assert project.region == config.pop("alicloud:region", "")
    expected = {
        f"{about['name']}:{each.key}": each.value
        for each in project.configuration.settings
        if each.value is not None
    }
    assert config == expected
    assert all(key.partition(":")[2].isalnum() for key in config)


@given(
    hostile=st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(("edition", "name", "resource", "key", "deep", "value"), TEXTS),
            **dict.fromkeys(("variable", "env", "default", "region", "secret", "code"), TEXTS),
        },
    ),
    adopting=st.booleans(),
)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_text_of_a_file_becomes_code(
    sample: MakeSample, hostile: "dict[str, str]", adopting: bool
) -> None:
    made = sample("")
    written(made, file_of(**hostile))
    refused, converted = "", None
    try:
        conversion = made.converted(adopting=adopting)
        converted = conversion, made.project_of(conversion, adopting=adopting)
    except (CannotConvert, NotAnSYaml) as refusal:
        refused = str(refusal)
    assert all(line.isprintable() for line in refused.split("\n"))
    if not converted:
        return
    conversion, project = converted
    program = project.files["__main__.py"]
    checked(program, len(conversion.functions))
    check_settings(project)
    calls = run(program)
    assert [words[0] for called, words in calls if called == "AsyncTask"] == [
        each.name for each in conversion.functions
    ]
    for line in as_lines(conversion, project, [], "prod"):
        assert line.isprintable()


@pytest.mark.parametrize(
    "where",
    ["edition", "name", "resource", "key", "deep", "value", "variable", "region", "secret", "code"],
)
def test_what_would_be_a_statement_is_a_text(sample: MakeSample, where: str) -> None:
    made = sample("")
    written(made, file_of(**{where: HOSTILE}))
    program = made.project().files["__main__.py"]
    checked(program, 2)
    run(program)


def test_a_hostile_program_does_nothing_when_pulumi_runs_it(sample: MakeSample) -> None:
    props = {"code": "./code", "runtime": "python3", "handler": "index.handler"}
    content = {
        "edition": f'3.0.0"""\n{PAYLOAD}\n"""',
        "name": HOSTILE,
        "resources": {
            "one": {"component": "fc3", "props": {**props, f"a\n{PAYLOAD}\n": {"b": 1}}},
        },
    }
    made = sample("").code("code")
    written(made, content)
    assert len(made.deployed().of("V3Function")) == 1
    assert not (made.folder / "infra" / "stolen").exists()


def test_the_name_of_the_file_is_a_text_too(sample: MakeSample) -> None:
    made = sample("").code("code")
    made.file = made.folder / f'a"""\n{PAYLOAD.replace("/", "")}\n#.yaml'
    written(made, file_of())
    checked(made.project().files["__main__.py"], 2)


@pytest.mark.parametrize("name", ["alicloud", "pulumi", "AliCloud"])
def test_a_projects_name_never_makes_its_keys_the_providers(sample: MakeSample, name: str) -> None:
    made = sample("").code("code")
    written(made, file_of(name=name, env="ENDPOINTS", default="http://elsewhere"))
    config = yaml.safe_load(made.project().files["Pulumi.prod.yaml"])["config"]
    assert config == {
        "alicloud:region": "cn-hangzhou",
        f"{name}-tasks:endpoints": "http://elsewhere",
    }


@pytest.mark.parametrize(
    "text", ["0o17", "1e3", "0b1", "12:30", "1_000", "+.5", ".5", "0x1", "yes"]
)
def test_a_text_is_a_text_to_every_reader_of_yaml(sample: MakeSample, text: str) -> None:
    made = sample("").code("code")
    written(made, file_of(default=text))
    settings_ = made.project().files["Pulumi.prod.yaml"]
    (line,) = [each for each in settings_.splitlines() if each.strip().startswith("x:place")]
    assert line.strip() == f"x:place: '{text}'"


@pytest.mark.parametrize(
    "name", ['X"; touch stolen; "', "X$(touch stolen)", "X\ntouch stolen", "-x"]
)
def test_no_command_to_copy_holds_words_of_the_file(sample: MakeSample, name: str) -> None:
    made = sample("").code("code")
    content = file_of(env=f"{name}_TOKEN")
    written(made, content)
    conversion, project = made.converted(), made.project()
    commands = next_commands(conversion, project, [Path("a b; id") / "x"], "prod")
    assert commands[0] == "cd 'a b; id'"
    assert not [each for each in commands if "touch" in each and "touchStolen" not in each]
    for each in commands:
        assert each.isprintable()
        assert "$" not in each
        shlex.split(each)


def test_what_a_terminal_obeys_is_not_printed(sample: MakeSample) -> None:
    made = sample("")
    written(made, file_of(key="\x1b[2J\n  /tmp/fake", resource="\x1b]0;x\x07", edition="\r3"))
    conversion, project = made.converted(), made.project()
    assert all(line.isprintable() for line in as_lines(conversion, project, [], "prod"))


def test_a_refusal_is_one_printable_line(sample: MakeSample) -> None:
    made = sample("")
    written(made, {"a\x1b[2J\nb": 1})
    with pytest.raises(NotAnSYaml) as refused:
        made.converted()
    assert "a mapping with a[2Jb" in str(refused.value)


def test_a_number_that_is_too_long_is_refused(sample: MakeSample) -> None:
    made = sample("edition: 3.0.0\nresources: " + "9" * 5000 + "\n")
    with pytest.raises(NotAnSYaml, match=r"s\.yaml:2: a number of 5000 digits"):
        reading.read(made.file)


@pytest.mark.parametrize("text", ['a: "\\ud800"\n', '"\\ud800": a\n'])
def test_half_a_character_is_refused(sample: MakeSample, text: str) -> None:
    with pytest.raises(NotAnSYaml, match=r"s\.yaml:1: a text holds U\+D800"):
        reading.read(sample(text).file)
