"""What a search finds, beyond words: numbers, fields inside JSON, and the ends of time."""

from typing import Any

import pytest

from localcloud.sls import logs, logstores, search
from localcloud.sls.log_group import encode
from localcloud.sls.logs import Log
from localcloud.store import logs as store
from localcloud.store.database import Transaction

from .conftest import DELIMITERS, NOON, NOW, PROJECT, Logstore

Search = search.Search


@pytest.fixture
def numbers(tx: Transaction, logstore: Logstore) -> Logstore:
    """A logstore with a field of each numeric type, and one that holds JSON."""
    del logstore  # it makes the project
    made = Logstore(tx, "numbers")
    made.index(
        {
            "keys": {
                "count": {"type": "long"},
                "share": {"type": "double"},
                "told": {"type": "json", "token": DELIMITERS, "json_keys": {"n": {"type": "long"}}},
            }
        }
    )
    return made


def found(logstore: Logstore, statement: str, key: str) -> list[str]:
    """The values of a field in what is found, in the order they were written."""
    asked = Search(PROJECT, logstore.name, 0, 2**32, statement)
    lines = search.find_logs(logstore.tx, asked, line=100, offset=0, reverse=False)
    return [line[key] for line in lines]


def put(logstore: Logstore, key: str, *values: str) -> None:
    lines = [Log(NOON, [(key, value)]) for value in values]
    logs.put_logs(logstore.tx, PROJECT, logstore.name, lines, now=NOW)


@pytest.mark.parametrize(
    ("statement", "indexes"),
    [
        ("count = 1728465119433000001", [1]),
        ("count:1728465119433000001", [1]),
        ("count > 1728465119433000000", [1, 2]),
        ("count <= 1728465119433000001", [0, 1]),
        ("count in (1728465119433000000 1728465119433000002)", [1]),
    ],
)
def test_whole_numbers_are_compared_to_their_last_digit(
    numbers: Logstore, statement: str, indexes: list[int]
) -> None:
    values = [f"172846511943300000{last}" for last in range(3)]
    put(numbers, "count", *values)
    assert found(numbers, statement, "count") == [values[index] for index in indexes]


def test_only_what_is_written_in_decimal_is_a_number(numbers: Logstore) -> None:
    put(
        numbers,
        "share",
        "1_0",
        "inf",
        "nan",
        "\u0661\u0660",
        "0x10",
        "",
        "-1e3",
        "10",
        " 10.50 ",
        ".5",
        "9" * 200,
    )
    assert found(numbers, "share >= -1e9", "share") == ["-1e3", "10", " 10.50 ", ".5", "9" * 200]
    assert found(numbers, "share > 5", "share") == ["10", " 10.50 ", "9" * 200]
    assert found(numbers, "share <= .5", "share") == ["-1e3", ".5"]


def test_json_nested_too_deep_to_be_read_is_passed_over(numbers: Logstore) -> None:
    deep = "[" * 100_000
    put(numbers, "told", deep, '{"n": 7}', "no JSON", '{"n": 8}')
    assert found(numbers, "told.n > 6", "told") == ['{"n": 7}', '{"n": 8}']


@pytest.mark.parametrize("first", range(8))
def test_text_without_a_key_is_cut_as_the_first_field_has_it(
    tx: Transaction, logstore: Logstore, first: int
) -> None:
    del logstore
    made = Logstore(tx, "two-fields")
    cut, whole = {"type": "text", "token": [",", chr(97 + first)]}, {"type": "text", "token": []}
    fields: list[dict[str, Any]] = [cut, whole]
    made.index({"keys": {"message": fields[first % 2], "other": fields[1 - first % 2]}})
    made.put("one,two")
    assert made.find("two,one") == ([] if first % 2 else ["one,two"])


@pytest.mark.parametrize("from_s", [2**32, 2**32 + 5, 2**33, 1_700_000_000_000])
def test_no_log_is_later_than_the_last_second(logstore: Logstore, from_s: int) -> None:
    logstore.put("a job", at=2**32 - 1)
    for other in range(8):  # whatever number the logstore has
        Logstore(logstore.tx, f"other-{other}").index({"line": {"token": DELIMITERS}})
    for name in ("jobs", *(f"other-{other}" for other in range(8))):
        lines = [Log(NOON, [("message", "a job")])]
        logs.put_logs(logstore.tx, PROJECT, name, lines, now=NOW)
        asked = Search(PROJECT, name, from_s, from_s + 2**33)
        assert search.find_logs(logstore.tx, asked, line=100, offset=0, reverse=False) == []
        assert sum(column.count for column in search.histogram(logstore.tx, asked)) == 0
    last = Search(PROJECT, "jobs", 2**32 - 1, 2**33)
    assert len(search.find_logs(logstore.tx, last, line=100, offset=0, reverse=False)) == 1


@pytest.mark.parametrize(
    "part", ["9" * 25, "9" * 5000, "4000000000", "-1", "\u0663", "\u00b2", "x"]
)
def test_nanoseconds_that_are_none_hide_no_log(logstore: Logstore, part: str) -> None:
    lines = [Log(NOON, [("message", "a job"), ("__time_ns_part__", part)])]
    logs.put_logs(logstore.tx, PROJECT, "jobs", lines, now=NOW)
    asked = Search(PROJECT, "jobs", NOON, NOON + 1, from_ns=0, to_ns=5)
    (found_line,) = search.find_logs(logstore.tx, asked, line=9, offset=0, reverse=False)
    assert found_line["__time_ns_part__"] == part
    row = logstores.find(logstore.tx, PROJECT, "jobs")
    written = encode(store.groups_between(logstore.tx, row.number, 0, 2**32, words=None))
    assert part.encode() in written
