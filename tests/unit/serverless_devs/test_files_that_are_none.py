"""A file that is no s.yaml, or a broken one, gets a sentence with its line."""

from pathlib import Path

import pytest
from fc_async_tasks.serverless_devs import CannotConvert, NotAnSYaml, convert
from fc_async_tasks.serverless_devs import marked as reading

from tests.unit.serverless_devs.conftest import MakeSample


def refusal(file: Path) -> str:
    with pytest.raises((NotAnSYaml, CannotConvert)) as refused:
        convert(file, environment={})
    message = str(refused.value)
    assert "\n" not in message
    assert message.startswith(str(file))
    return message.removeprefix(str(file))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "is empty"),
        ("- a\n- b\n", "is a list"),
        ("just words\n", "is a text"),
        ("services:\n  web: {image: nginx}\n", "is a file of Docker Compose"),
        ("name: x\nruntime: python\n", "is a project file of Pulumi"),
        ("service: x\nprovider: {name: aliyun}\nfunctions: {}\n", "the Serverless Framework"),
        ("ROSTemplateFormatVersion: '2015-09-01'\nResources: {}\n", "a template of ROS or of Fun"),
        ("apiVersion: v1\nkind: Pod\n", "is a manifest of Kubernetes"),
        ("on: push\njobs: {}\n", "is a workflow of GitHub Actions"),
        ("edition: 3.0.0\nname: x\n", "a description file that describes nothing"),
        ("a: 1\nb: 2\n", "is a mapping with a, b"),
    ],
)
def test_what_it_is_and_what_was_expected(sample: MakeSample, text: str, what: str) -> None:
    said = refusal(sample(text).file)
    assert what in said
    assert "expected a description file of Serverless Devs" in said


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.yaml") == " cannot be read: No such file or directory."


def test_no_text(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_bytes(b"\xff\xfe\x00")
    assert refusal(tmp_path / "s.yaml") == " is no text in UTF-8."


def test_no_yaml_is_told_with_its_line(sample: MakeSample) -> None:
    said = refusal(sample("edition: 3.0.0\nresources:\n  a: [\n  b: c\n").file)
    assert said.startswith(" is no YAML: ")
    assert "(line 5)" in said


def test_a_name_that_stands_twice(sample: MakeSample) -> None:
    text = "edition: 3.0.0\nresources:\n  a:\n    component: fc3\n  a:\n    component: fc3\n"
    assert refusal(sample(text).file) == (
        ":5: 'a' stands here a second time; the first is in line 3."
    )


def test_a_template_of_the_registry(sample: MakeSample) -> None:
    text = "edition: 3.0.0\naccess: '{{ access }}'\nresources: {}\n"
    assert refusal(sample(text).file).startswith(":2: this is a template of the registry")


def test_an_object_of_python_is_not_made(sample: MakeSample) -> None:
    said = refusal(sample("a: !!python/object/apply:os.system ['true']\n").file)
    assert "the tag tag:yaml.org,2002:python/object/apply:os.system is none" in said


def test_a_tag_of_another_tool(sample: MakeSample) -> None:
    assert "the tag !Ref is none that an s.yaml has" in refusal(sample("a: !Ref b\n").file)


def test_aliases_that_unfold_without_end_are_refused_at_once(sample: MakeSample) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    said = refusal(sample("\n".join(lines)).file)
    assert f"unfold into more than {reading.MOST_VALUES} values" in said


def test_an_alias_within_its_own_anchor(sample: MakeSample) -> None:
    assert "leads back into its own anchor" in refusal(sample("a: &a\n  b: *a\n").file)
    assert "leads back into its own anchor" in refusal(sample("a: &a\n  <<: *a\n").file)


def test_nesting_without_end(sample: MakeSample) -> None:
    said = refusal(sample("a: " + "[" * 1_000).file)
    assert said == " is nested too deep to be an s.yaml."


def test_more_than_a_megabyte(sample: MakeSample) -> None:
    assert "may have 1048576" in refusal(sample("a: " + "x" * 1024 * 1024).file)


def test_variables_that_unfold_without_end(sample: MakeSample) -> None:
    lines = ["edition: 3.0.0", "vars:", "  v0: x"]
    lines += [f"  v{n}: ${{vars.v{n - 1}}}${{vars.v{n - 1}}}" for n in range(1, 40)]
    lines += [
        "resources:",
        "  a:",
        "    component: fc3",
        "    props:",
        "      runtime: ${vars.v39}",
    ]
    assert "unfold without end" in refusal(sample("\n".join(lines)).file)


def test_a_variable_that_refers_to_itself(sample: MakeSample) -> None:
    text = (
        "edition: 3.0.0\nvars:\n  a: ${vars.b}\n  b: ${vars.a}\nresources:\n  x:\n"
        "    component: fc3\n    props:\n      runtime: ${vars.a}\n"
    )
    assert "refers to itself" in refusal(sample(text).file)


def test_a_file_that_extends_itself(sample: MakeSample) -> None:
    assert "s.yaml extends itself" in refusal(sample("extend: s.yaml\nresources: {}\n").file)


def test_no_function_in_it(sample: MakeSample) -> None:
    text = "edition: 3.0.0\nresources:\n  a:\n    component: fc3-domain\n    props: {}\n"
    assert "describes no function" in refusal(sample(text).file)


def test_a_number_that_is_none(sample: MakeSample) -> None:
    text = (
        "edition: 3.0.0\nresources:\n  a:\n    component: fc3\n    props:\n"
        "      runtime: python3\n      timeout: soon\n"
    )
    assert refusal(sample(text).file) == ":7: resources.a.props.timeout must be a number."
