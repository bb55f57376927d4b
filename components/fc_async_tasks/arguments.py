"""Reads a component's arguments: names it does not know, and values outside the limits.

What is known when the program runs is checked at once, before anything is registered, and all
that is wrong is said together. What is known only later (an output of another resource) is
checked when it is known.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import isawaitable
from typing import Any, cast

import pulumi

from .limits import LIMITS, cpu_refusal

PLAIN = (
    *("code_path", "install_requirements", "publish_version", "keep_versions"),
    *("policy", "logging", "keep_data"),
)
"""Arguments that decide what is made, so they must be known when the program runs."""


BY_ENTRY = ("environment_variables",)
"""Arguments of which each entry may be known later, or a secret, by itself."""


def setting(argument: str) -> str:
    """Give an argument's name as the guide and the stack's configuration write it."""
    first, *others = argument.split("_")
    return first + "".join(word.capitalize() for word in others)


def given(args: Mapping[str, object], defaults: Mapping[str, object]) -> "dict[str, Any]":
    """Give the arguments that were given, None counting as not given, over their defaults."""
    return {**defaults, **{name: value for name, value in args.items() if value is not None}}


def checked(
    kind: "type[Any]",
    args: Mapping[str, object],
    required: Iterable[str] = (),
    others: Iterable[str] = (),
) -> "dict[str, Any]":
    """Give the arguments without those that are None, each one checked.

    kind is the TypedDict of the arguments; others are sentences that the component itself found.
    An argument that is known later comes back as an Output that fails when its value is wrong.
    Raises pulumi.RunError with a sentence a line if a name is unknown, a required argument is not
    there or a known value is refused.
    """
    values = given(args, {})
    known = {name: value for name, value in values.items() if not is_later(value)}
    missing = [f"{setting(name)} is missing." for name in required if name not in values]
    too_late = [
        f"{setting(name)} is an output: it must be known when the program runs."
        for name in PLAIN
        if name in values and name not in known
    ]
    names = {name: _names_of(values[name]) for name in BY_ENTRY if name in values.keys() - known}
    refuse([*_unknown(kind, values), *missing, *too_late, *_refusals(known | names), *others])
    for name in values.keys() - known.keys():
        later = _checked_later(name, values)
        # The check of entries fails beside them: within, one secret would make secrets of all.
        if not names.get(name):
            values[name] = later
    return values


def refuse(sentences: Iterable[str]) -> None:
    """Raise pulumi.RunError with a sentence a line, if there are any."""
    if text := "\n".join(sentences):
        raise pulumi.RunError(text)


def both(one: str, others: Iterable[str], args: Mapping[str, object]) -> "list[str]":
    """Give a sentence for each pair of an existing thing and an argument to make it."""
    if args.get(one) is None:
        return []
    return [
        f"{setting(one)} and {setting(other)} are both set: {setting(one)} takes what exists, "
        f"{setting(other)} is for what is made here; leave one of them out."
        for other in others
        if args.get(other) is not None
    ]


def half_a_logstore(args: Mapping[str, object]) -> "list[str]":
    """Give a sentence if only one of log_project and logstore is set."""
    if (args.get("log_project") is None) == (args.get("logstore") is None):
        return []
    return ["logProject and logstore belong together: set both of them, or neither."]


def is_later(value: object) -> bool:
    """Say whether a value, or one that it holds, is known only later."""
    if isinstance(value, Mapping):
        return any(is_later(each) for each in cast("Mapping[str, object]", value).values())
    if isinstance(value, list | tuple):
        return any(is_later(each) for each in cast("Sequence[object]", value))
    return isinstance(value, pulumi.Output) or isawaitable(value)


def _names_of(value: object) -> object:
    if not isinstance(value, Mapping):
        return {}
    entries = cast("Mapping[str, object]", value)
    return {name: "" if is_later(each) else each for name, each in entries.items()}


def _unknown(kind: "type[Any]", args: Mapping[str, object]) -> "list[str]":
    names = list(kind.__annotations__)
    sentences: list[str] = []
    for name in args.keys() - set(names):
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"{near[0]!r} is" if near else f"it has {', '.join(sorted(names))}"
        sentences.append(f"{name!r} is no argument of {kind.__name__}: {hint}.")
    return sorted(sentences)


def _refusals(known: Mapping[str, object]) -> "list[str]":
    found = [LIMITS[name].refusal(value) for name, value in known.items() if name in LIMITS]
    if "cpu" in known and "memory_size" in known:
        found.append(cpu_refusal(known["cpu"], known["memory_size"]))
    return [sentence for sentence in found if sentence]


def _checked_later(name: str, args: Mapping[str, object]) -> "pulumi.Output[Any]":
    values: dict[str, object] = {name: args[name]}
    if name in ("cpu", "memory_size"):
        values.update({each: args[each] for each in ("cpu", "memory_size") if each in args})
    together: pulumi.Output[dict[str, Any]] = pulumi.Output.all(**values)
    return together.apply(_verdict(name))


def _verdict(name: str) -> "Callable[[dict[str, Any]], Any]":
    def verdict(values: dict[str, Any]) -> Any:
        refuse(_refusals(values))
        return values[name]

    return verdict
