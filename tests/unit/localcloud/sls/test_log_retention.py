"""Logs go when their logstore's ttl is over, or their logstore is gone: a few at a time."""

import pytest

from localcloud.sls import logs, logstores, projects
from localcloud.sls.logs import Log
from localcloud.sls.retention import drop_expired
from localcloud.store.database import Transaction

from .conftest import FULL_TEXT, NOON, NOW, PROJECT, Logstore

DAY = 24 * 3600 * 1000  # ms


def rows(tx: Transaction) -> tuple[int, int, int]:
    """Groups, arrivals, and groups that the word index still finds the word "line" in."""
    counts = [
        tx.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - two constants
        for table in ("log_groups", "log_arrivals")
    ]
    found = tx.execute("SELECT count(*) FROM log_words WHERE log_words MATCH 'line'").fetchone()[0]
    return counts[0], counts[1], found


def test_a_log_is_kept_for_its_ttl_and_no_longer(tx: Transaction, logstore: Logstore) -> None:
    logstore.put("line one", now=NOW)
    logstore.put("line two", now=NOW + DAY)
    assert drop_expired(tx, NOW + 30 * DAY, 10) == 0
    assert logstore.find() == ["line one", "line two"]
    assert drop_expired(tx, NOW + 30 * DAY + 1, 10) == 1
    assert logstore.find() == ["line two"]
    assert logstore.find("line") == ["line two"]
    assert rows(tx) == (1, 1, 1)


def test_what_counts_is_when_a_log_came_in(tx: Transaction, logstore: Logstore) -> None:
    logstore.put("line of long ago", at=NOON - 400 * 86400, now=NOW)
    logstore.put("line of the future", at=NOON + 400 * 86400, now=NOW)
    assert drop_expired(tx, NOW + 29 * DAY, 10) == 0
    assert drop_expired(tx, NOW + 31 * DAY, 10) == 2
    assert rows(tx) == (0, 0, 0)


def test_a_step_takes_no_more_than_it_may(tx: Transaction, logstore: Logstore) -> None:
    for _ in range(7):
        logstore.put("line")
    later = NOW + 31 * DAY
    assert [drop_expired(tx, later, 3) for _ in range(4)] == [3, 3, 1, 0]
    assert rows(tx) == (0, 0, 0)


def test_every_logstore_goes_by_its_own_ttl(tx: Transaction, logstore: Logstore) -> None:
    short = Logstore(tx, "short", ttl=1)
    short.index(FULL_TEXT)
    ever = Logstore(tx, "ever", ttl=3650)
    ever.index(FULL_TEXT)
    for one in (logstore, short, ever):
        one.put("line")
    assert drop_expired(tx, NOW + 2 * DAY, 10) == 1
    assert (logstore.find(), short.find(), ever.find()) == (["line"], [], ["line"])
    assert drop_expired(tx, NOW + 5000 * DAY, 10) == 1
    assert (logstore.find(), ever.find()) == ([], ["line"])


def test_a_shorter_ttl_counts_at_once(tx: Transaction, logstore: Logstore) -> None:
    logstore.put("line")
    logstores.update_logstore(tx, PROJECT, "jobs", {"ttl": 1}, NOW)
    assert drop_expired(tx, NOW + 2 * DAY, 10) == 1


def test_logs_of_a_deleted_project_go_and_its_numbers_are_used_again(
    tx: Transaction, logstore: Logstore
) -> None:
    logstore.put("line")
    first = logstores.find(tx, PROJECT, "jobs").number
    projects.delete_project(tx, PROJECT)
    projects.create_project(tx, PROJECT, "", "", NOW)
    again = Logstore(tx, "jobs")
    again.index(FULL_TEXT)
    assert logstores.find(tx, PROJECT, "jobs").number != first
    assert again.find("line") == []
    assert drop_expired(tx, NOW, 10) == 1
    assert rows(tx) == (0, 0, 0)
    assert drop_expired(tx, NOW, 10) == 0
    third = Logstore(tx, "third")
    assert logstores.find(tx, PROJECT, third.name).number == first


MESSAGES = ["line", 'line "\\ é 中文 \u0000 🙂', "line\nline", "x" * 300_000]


@pytest.mark.usefixtures("logstore")
@pytest.mark.parametrize("message", MESSAGES)
def test_the_word_index_forgets_what_it_was_given(tx: Transaction, message: str) -> None:
    line = [("message", message), ("__time_ns_part__", "line"), ("other", message)]
    logs.put_logs(tx, PROJECT, "jobs", [Log(NOON, line)], "topic", "source", NOW)
    assert drop_expired(tx, NOW + 31 * DAY, 10) == 1
    tx.execute("INSERT INTO log_words(log_words) VALUES ('integrity-check')")
    left = tx.execute(
        "SELECT count(*) FROM log_words WHERE log_words MATCH 'line OR message OR topic OR x*'"
    )
    assert left.fetchone()[0] == 0
