"""The description file: which edition it is, what it extends, and the resources that it has.

Follows "Description file (YAML) specification" and "Yaml 继承" (extend) of Serverless Devs, and
the `template` of edition 3.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from .findings import Findings
from .marked import Marked, Place, read
from .refusal import NotAnSYaml
from .variables import Variables

EXPECTED = (
    "expected a description file of Serverless Devs: edition 3.0.0 with `resources`, or an older "
    "one with `services`, each with a `component` and its `props`"
)

_FUNCTION = re.compile(r"(devsapp/)?(fc3?)(@.*)?")

_OTHERS = (
    (("services",), "a file of Docker Compose"),
    (("name", "runtime"), "a project file of Pulumi"),
    (("service", "provider"), "a file of the Serverless Framework"),
    (("ROSTemplateFormatVersion",), "a template of ROS or of Fun"),
    (("AWSTemplateFormatVersion",), "a template of CloudFormation"),
    (("apiVersion", "kind"), "a manifest of Kubernetes"),
    (("jobs",), "a workflow of GitHub Actions"),
)

_KNOWN = ("edition", "name", "access", "vars", "resources", "services", "template", "extend")


@dataclass(frozen=True)
class Described:
    """A function of the file: its properties, filled in, in the form of fc3 or of the older fc.

    path is where it stands: resources.NAME or services.NAME.
    """

    name: str
    path: str
    props: Marked
    place: Place
    older: bool


@dataclass(frozen=True)
class Description:
    """A file's edition, its project's name, and its functions in their order."""

    file: str
    edition: str
    name: str
    functions: "tuple[Described, ...]"


def description(path: Path, findings: Findings) -> Description:
    """Read a description file.

    Raises NotAnSYaml with a sentence for a file that is none, CannotConvert for one whose
    variables cannot be followed.
    """
    file = str(path)
    root = _extended(path, file, ())
    group = "resources" if root.get("resources") is not None else "services"
    resources = root.get(group)
    if resources is None or not resources.entries() or not _has_components(resources):
        raise NotAnSYaml(f"{file} is {_what(root)}; {EXPECTED}.")
    variables = Variables(root, resources, path.parent, findings)
    _tell_of_the_rest(root, group, findings)
    functions: list[Described] = []
    for name, resource in resources.entries().items():
        found = _function(name, resource, group, root, variables)
        if found is not None:
            functions.append(found)
    if not functions:
        raise NotAnSYaml(f"{file} describes no function: none of its {group} is fc3 or fc.")
    edition = root.get("edition")
    project = root.get("name")
    return Description(
        file=file,
        edition=edition.text if edition else ("3.0.0" if group == "resources" else "1.0.0"),
        name=project.text if project else "",
        functions=tuple(functions),
    )


def _function(
    name: str, resource: Marked, group: str, root: Marked, variables: Variables
) -> "Described | None":
    path = f"{group}.{name}"
    findings = variables.findings
    component = resource.get("component")
    kind = variables.filled(component, f"{path}.component", name) if component else None
    props = resource.get("props") or Marked({}, resource.place)
    props = _with_template(resource, root, props, path, findings)
    looks = props.get("function") is not None or props.get("runtime") is not None
    match = _FUNCTION.fullmatch(kind.text) if kind else None
    if match is None and not (looks and (kind is None or "/" in kind.text or not kind.text)):
        what = f"the component {kind.text!r}" if kind and kind.text else "this resource"
        findings.no_counterpart(
            resource.place, path, f"{what} is no function of fc3 or fc; make it beside the tasks."
        )
        return None
    for key, each in resource.entries().items():
        if key == "actions" and each.entries():
            findings.no_counterpart(
                each.place,
                f"{path}.actions",
                "Pulumi runs no commands of a project: run them before `pulumi up`.",
            )
        elif key == "access":
            findings.differs(each.place, f"{path}.access", _ACCESS)
        elif key not in ("actions", "component", "props", "extend"):
            findings.no_counterpart(each.place, f"{path}.{key}", "this means nothing to AsyncTask.")
    filled = variables.filled(props, f"{path}.props", name) or Marked({}, props.place)
    older = filled.get("function") is not None or filled.get("service") is not None
    return Described(name, path, filled, resource.place, older)


def _with_template(
    resource: Marked, root: Marked, props: Marked, path: str, findings: Findings
) -> Marked:
    extend = resource.get("extend")
    if extend is None:
        return props
    of = extend.get("name")
    template = root.get("template", of.text) if of else None
    if template is None:
        findings.no_counterpart(
            extend.place,
            f"{path}.extend",
            "it names no template of this file, and nothing is added.",
        )
        return props
    ignored = {each.text for each in (extend.get("ignore") or Marked([], extend.place)).items()}
    kept = {key: each for key, each in template.entries().items() if key not in ignored}
    return merged(Marked(kept, template.place), props)


def merged(below: Marked, above: Marked) -> Marked:
    """Give one mapping over another: mappings are merged, everything else is replaced."""
    if not isinstance(below.value, dict) or not isinstance(above.value, dict):
        return above
    entries = dict(below.entries())
    for name, each in above.entries().items():
        under = entries.get(name)
        entries[name] = merged(under, each) if under is not None else each
    return Marked(entries, above.place)


def _extended(path: Path, name: str, below: "tuple[Path, ...]") -> Marked:
    root = read(path, name)
    if not isinstance(root.value, dict):
        raise NotAnSYaml(f"{name} is {_what(root)}; {EXPECTED}.")
    extend = root.get("extend")
    if extend is None:
        return root
    base = path.parent / extend.text
    if base.resolve() in (*below, path.resolve()):
        raise NotAnSYaml(f"{extend.place}: {extend.text} extends itself.")
    called = str(Path(name).parent / extend.text)
    return merged(_extended(base, called, (*below, path.resolve())), root)


def _has_components(resources: Marked) -> bool:
    return any(
        each.get("component") is not None or each.get("props") is not None
        for each in resources.entries().values()
    )


def _what(root: Marked) -> str:
    if root.value is None:
        return "empty"
    if isinstance(root.value, list):
        return "a list"
    if not isinstance(root.value, dict):
        return "a text"
    if root.get("edition") is not None:
        return "a description file that describes nothing"
    for names, what in _OTHERS:
        if all(root.get(name) is not None for name in names):
            return what
    return "a mapping with " + ", ".join(list(root.entries())[:5] or ["nothing in it"])


_ACCESS = (
    "credentials are the environment's (ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY), or those of "
    "the profile in the stack's configuration, alicloud:profile."
)


def _tell_of_the_rest(root: Marked, group: str, findings: Findings) -> None:
    for name, each in root.entries().items():
        if name == "access":
            findings.differs(each.place, name, _ACCESS)
        elif name in ("actions", "flow") and each.entries():
            findings.no_counterpart(
                each.place,
                name,
                "Pulumi runs no commands of a project, and finds the order by itself.",
            )
        elif name == "services" and group == "resources":
            findings.no_counterpart(each.place, name, "edition 3 reads `resources` only.")
        elif name not in (*_KNOWN, "actions", "flow"):
            findings.differs(
                each.place, name, "not a part of the edition: used only where it is referred to."
            )
