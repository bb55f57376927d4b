"""Conditions on fields that the index has as numbers: comparisons, ranges, and equality."""

from collections.abc import Callable

from localcloud.refusal import Refusal
from localcloud.sls.fields import Line, field_of
from localcloud.sls.index import IndexConfig
from localcloud.sls.query import Between, Comparison, Number, number_of

Test = Callable[[Line], bool]
"""Whether a log is what a condition asks for."""


def compared(node: Comparison, index: IndexConfig) -> Test:
    """The test of `key > 10` and its like. Raises Refusal ParameterInvalid."""
    number = node.number
    tests: dict[str, Callable[[Number], bool]] = {
        "=": lambda value: value == number,
        ">": lambda value: value > number,
        ">=": lambda value: value >= number,
        "<": lambda value: value < number,
        "<=": lambda value: value <= number,
    }
    return _number_test(node.key, index, tests[node.operator])


def between(node: Between, index: IndexConfig) -> Test:
    """The test of `key in [1 2)`.

    Raises Refusal ParameterInvalid for a field that is not in the index, or not as a number.
    """
    _, field, _ = field_of(node.key, index)
    if not field.numeric:
        raise Refusal(
            "ParameterInvalid",
            f"the field {node.key} is of type {field.kind}: a range needs type long or double in"
            " the index",
        )

    def inside(value: Number) -> bool:
        return (
            (node.low < value or (node.with_low and node.low == value))
            and (value < node.high or (node.with_high and value == node.high))
        )  # fmt: skip

    return _number_test(node.key, index, inside)


def equal(name: str, text: str, index: IndexConfig) -> Test:
    """The test of `key:10`, the text as it is shown. Raises Refusal ParameterInvalid."""
    number = number_of(text)
    if number is None:
        raise Refusal(
            "ParameterInvalid",
            f"the field {name} is a number in the index, and {text!r} is none",
        )
    return _number_test(name, index, lambda value: value == number)


def _number_test(name: str, index: IndexConfig, holds: Callable[[Number], bool]) -> Test:
    key, _, value_of = field_of(name, index)

    def test(line: Line) -> bool:
        for value in value_of(line, key):
            number = number_of(value)
            if number is not None and holds(number):
                return True
        return False

    return test
