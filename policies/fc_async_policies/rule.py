"""What every rule has: a name, a level, parameters with defaults, and sentences to report."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

Config = Mapping[str, Any]
"""The parameters of a rule: those of --policy-pack-config, else their defaults."""

ResourceCheck = Callable[[ResourceValidationArgs, Config], Iterable[str]]
"""Gives a sentence for each thing that is wrong with a resource."""

StackCheck = Callable[[StackValidationArgs, Config], "Iterable[tuple[str, str]]"]
"""Gives a sentence, and the URN of the resource it is about, for each thing that is wrong."""

TEXTS: Mapping[str, Any] = {"type": "array", "items": {"type": "string"}, "default": []}
"""The schema of a parameter that is a list of texts, and empty unless it is set."""

EXPRESSION: Mapping[str, Any] = {"type": "string", "format": "regex"}
"""The schema of a regular expression."""

_ROOT = "pulumi:pulumi:Stack"


def resource_rule(
    name: str,
    description: str,
    level: EnforcementLevel,
    types: Collection[str],
    check: ResourceCheck,
    parameters: "Mapping[str, Mapping[str, Any]]",
) -> ResourceValidationPolicy:
    """Make the policy of a rule about single resources of some types.

    parameters are JSON schemas by name, each with its default. Every stack has one root resource:
    that one is where parameters that the rule does not have are reported.
    """

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        given = args.get_config()
        if args.resource_type == _ROOT:
            for sentence in unknown_parameters(given, parameters):
                report(sentence, None)
        if args.resource_type in types:
            for sentence in check(args, _with_defaults(given, parameters)):
                report(sentence, None)

    schema = _schema(parameters)
    return ResourceValidationPolicy(name, description, validate, level, schema)


def stack_rule(
    name: str,
    description: str,
    level: EnforcementLevel,
    check: StackCheck,
    parameters: "Mapping[str, Mapping[str, Any]]",
) -> StackValidationPolicy:
    """Make the policy of a rule about how the resources of a stack go together."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        given = args.get_config()
        for sentence in unknown_parameters(given, parameters):
            report(sentence, None)
        for sentence, urn in check(args, _with_defaults(given, parameters)):
            report(sentence, urn)

    return StackValidationPolicy(name, description, validate, level, _schema(parameters))


def unknown_parameters(given: Config, parameters: Mapping[str, object]) -> "list[str]":
    """Give a sentence for each configured parameter that a rule does not have."""
    return [
        f"this rule has no parameter {name!r} in its configuration: it has {', '.join(parameters)}."
        for name in given
        if name not in parameters
    ]


def _with_defaults(given: Config, parameters: "Mapping[str, Mapping[str, Any]]") -> Config:
    return {**{name: schema["default"] for name, schema in parameters.items()}, **given}


def _schema(parameters: "Mapping[str, Mapping[str, Any]]") -> PolicyConfigSchema:
    return PolicyConfigSchema({name: dict(schema) for name, schema in parameters.items()})
