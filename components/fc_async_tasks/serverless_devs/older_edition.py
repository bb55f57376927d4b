"""The older form (component fc: service, function, triggers) as the properties that fc3 has.

Follows the YAML specification of devsapp/fc ("service", "function", "triggers", "customDomains")
and, for what became of each in edition 3, "s2tos3" of devsapp/fc3.
"""

import json
import re

from .description import Described
from .findings import Findings
from .marked import Marked, Place

_OF_FUNCTION = {
    "name": "functionName",
    "codeUri": "code",
    "Handler": "handler",
    "asyncConfiguration": "asyncInvokeConfig",
}
"""Names of a function's properties that edition 3 calls otherwise."""

_OF_TRIGGER = {
    "name": "triggerName",
    "type": "triggerType",
    "config": "triggerConfig",
    "role": "invocationRole",
}

_SERVED = re.compile(r"acs:fc:([a-z0-9-]*):(\d*):services/([^/.]+)(\.[^/]+)?/functions/([\w-]+)")


def as_edition_3(functions: "tuple[Described, ...]", findings: Findings) -> "list[Described]":
    """Give the functions with their properties in edition 3's form, those that have it unchanged.

    A function is named by its own name; where two services have functions of one name, by service
    and function.
    """
    names = [_function_name(each) for each in functions if each.older]
    made: list[Described] = []
    for each in functions:
        if not each.older:
            made.append(each)
            continue
        together = names.count(_function_name(each)) > 1
        props = _Older(each, findings, {_served(other): other for other in functions}).props(
            together
        )
        made.append(Described(each.name, each.path, props, each.place, older=True))
    return made


def _function_name(described: Described) -> str:
    name = described.props.get("function", "name")
    return name.text if name else described.name


def _service_name(described: Described) -> str:
    name = described.props.get("service", "name")
    return name.text if name else ""


def _served(described: Described) -> "tuple[str, str]":
    return _service_name(described), _function_name(described)


class _Older:
    """One function in the older form."""

    def __init__(
        self,
        described: Described,
        findings: Findings,
        others: "dict[tuple[str, str], Described]",
    ) -> None:
        self._described = described
        self._findings = findings
        self._others = others
        self._path = f"{described.path}.props"
        self._made: dict[str, Marked] = {}

    def props(self, together: bool) -> Marked:
        """Give the properties; `together` puts the service's name before the function's."""
        for name, each in self._described.props.entries().items():
            if name == "service":
                self._service(each)
            elif name == "function":
                self._function(each)
            elif name == "triggers":
                items = [_renamed(trigger, _OF_TRIGGER) for trigger in each.items()]
                self._made["triggers"] = Marked(items, each.place)
            elif name == "customDomains":
                self._no_counterpart(each.place, name, "AsyncTask makes no domains.")
            else:
                self._made[name] = each
        self._named(together)
        return Marked(self._made, self._described.props.place)

    def _named(self, together: bool) -> None:
        service = self._described.props.get("service", "name")
        name = self._made.get("functionName")
        if service is None or name is None:
            return
        was = f"{service.text}${name.text}"
        if together:
            text = f"{service.text}-{name.text}"
            self._made["functionName"] = Marked(text, name.place, text)
        self._findings.differs(
            service.place,
            f"{self._path}.service.name",
            f"Function Compute 3.0 has no services: what is deployed now goes by the name {was}, "
            f"and the new function is {self._made['functionName'].text}.",
        )

    def _service(self, service: Marked) -> None:
        for name, each in service.entries().items():
            path = f"service.{name}"
            if name == "description":
                self._differs(each.place, path, "there is no service to describe.")
            elif name == "vpcConfig" and each.get("vswitchIds"):
                self._made[name] = _renamed(each, {"vswitchIds": "vSwitchIds"})
            elif name == "nasConfig":
                self._made[name] = _nas(each)
            elif name == "vpcBinding" and isinstance(each.value, list):
                self._made[name] = Marked({"vpcIds": each}, each.place)
            elif name == "role" and isinstance(each.value, dict):
                self._no_counterpart(
                    each.place,
                    path,
                    "a role with policies of its own: AsyncTask makes one that may do the least.",
                )
            elif name not in ("name", "useSLRAuthentication"):
                self._made[name] = each

    def _function(self, function: Marked) -> None:
        props = function.entries()
        for name, each in props.items():
            if name in ("caPort", "customHealthCheckConfig", "initializationTimeout", "ossKey"):
                continue  # they belong to the entries below
            if name == "ossBucket":
                key = props.get("ossKey")
                entries = {"ossBucketName": each}
                if key is not None:
                    entries["ossObjectName"] = key
                self._made["code"] = Marked(entries, each.place)
            elif name == "asyncConfiguration":
                self._made["asyncInvokeConfig"] = self._asynchronous(each)
            elif name == "initializer":
                self._initializer(each, props.get("initializationTimeout"))
            elif name == "instanceLifecycleConfig":
                self._life_cycle(each)
            elif name == "instanceType":
                if each.text.startswith("fc.gpu") or "gpuMemorySize" in props:
                    self._gpu("gpuType", each)
            elif name == "gpuMemorySize":
                self._gpu("gpuMemorySize", each)
            elif name == "instanceConcurrency" and not self._is_custom(props):
                self._differs(
                    each.place,
                    f"function.{name}",
                    "edition 3 has it for custom runtimes only; it is kept.",
                )
                self._made[name] = each
            elif name in ("customContainerConfig", "customRuntimeConfig"):
                self._made[name] = self._custom(each, props)
            else:
                self._made[_OF_FUNCTION.get(name, name)] = each

    def _asynchronous(self, configuration: Marked) -> Marked:
        made: dict[str, Marked] = {}
        for name, each in configuration.entries().items():
            if name == "statefulInvocation":
                made["asyncTask"] = each
            elif name == "destination":
                sides = {
                    side: Marked({"destination": self._destination(to)}, to.place)
                    for side, to in each.entries().items()
                }
                made["destinationConfig"] = Marked(sides, each.place)
            else:
                made[name] = each
        return Marked(made, configuration.place)

    def _destination(self, to: Marked) -> Marked:
        served = _SERVED.fullmatch(to.text)
        other = self._others.get((served[3], served[5])) if served else None
        if served is None or other is None:
            return to
        text = f"acs:fc:{served[1]}:{served[2]}:functions/{_function_name(other)}"
        return Marked(text, to.place, text)

    def _initializer(self, handler: Marked, timeout: "Marked | None") -> None:
        entries = {"handler": handler}
        if timeout is not None:
            entries["timeout"] = timeout
        self._life_cycle(Marked({"initializer": Marked(entries, handler.place)}, handler.place))

    def _life_cycle(self, configuration: Marked) -> None:
        before = self._made.get("instanceLifecycleConfig")
        entries = dict(before.entries()) if before else {}
        for name, each in configuration.entries().items():
            if name == "preFreeze":
                self._no_counterpart(
                    each.place,
                    "function.instanceLifecycleConfig.preFreeze",
                    "Function Compute 3.0 has no such hook.",
                )
            else:
                entries[name] = each
        if entries:
            self._made["instanceLifecycleConfig"] = Marked(entries, configuration.place)

    def _gpu(self, name: str, value: Marked) -> None:
        before = self._made.get("gpuConfig")
        entries = {**(before.entries() if before else {}), name: value}
        self._made["gpuConfig"] = Marked(entries, before.place if before else value.place)

    def _is_custom(self, props: "dict[str, Marked]") -> bool:
        runtime = props.get("runtime")
        return runtime is not None and runtime.text.startswith("custom")

    def _custom(self, configuration: Marked, props: "dict[str, Marked]") -> Marked:
        container = "image" in configuration.entries()
        made: dict[str, Marked] = {}
        for name, each in configuration.entries().items():
            # In the older form a container's command is its entrypoint, and both are JSON texts.
            if container and name in ("command", "args"):
                if (items := _listed(each)).items():
                    made["entrypoint" if name == "command" else "command"] = items
            elif name not in (
                "instanceID",
                "accelerationType",
                "accelerationInfo",
                "webServerMode",
            ):
                made[name] = each
        if "caPort" in props:
            made["port"] = props["caPort"]
        if "customHealthCheckConfig" in props:
            made["healthCheckConfig"] = props["customHealthCheckConfig"]
        return Marked(made, configuration.place)

    def _no_counterpart(self, place: Place, path: str, sentence: str) -> None:
        self._findings.no_counterpart(place, f"{self._path}.{path}", sentence)

    def _differs(self, place: Place, path: str, sentence: str) -> None:
        self._findings.differs(place, f"{self._path}.{path}", sentence)


def _renamed(mapping: Marked, names: "dict[str, str]") -> Marked:
    entries = {names.get(name, name): each for name, each in mapping.entries().items()}
    return Marked(entries, mapping.place)


def _nas(configuration: Marked) -> Marked:
    points = configuration.get("mountPoints")
    if points is None:
        return configuration
    made: list[Marked] = []
    for point in points.items():
        address, folder = point.get("serverAddr"), point.get("nasDir")
        entries = _renamed(point, {"fcDir": "mountDir"}).entries()
        if address is not None and folder is not None:
            text = f"{address.text}:{folder.text}"
            entries = {**entries, "serverAddr": Marked(text, address.place, text)}
        made.append(
            Marked({name: each for name, each in entries.items() if name != "nasDir"}, point.place)
        )
    return Marked(
        {**configuration.entries(), "mountPoints": Marked(made, points.place)}, configuration.place
    )


def _listed(value: Marked) -> Marked:
    if isinstance(value.value, list):
        return value
    try:
        items = json.loads(value.text) if value.text.strip() else []
    except ValueError:
        items = value.text.split()
    return Marked([Marked(str(each), value.place, str(each)) for each in items], value.place)
