"""docs/benchmarks.md: what was measured is written between two marks, the rest is left alone."""

import datetime
from collections.abc import Sequence
from pathlib import Path

from bench import machine
from bench.figures import Comparison
from bench.peers.celery_redis import QUIET, REDIS, WORKER
from bench.table import SPREAD, cells, markdown

PAGE = Path(__file__).resolve().parents[1] / "docs/benchmarks.md"
BEGIN = "<!-- `make bench` writes from here -->"
END = "<!-- to here -->"


def write(rows: Sequence[Comparison], limits: Sequence[Comparison], minutes: float) -> None:
    """Put the tables, the machine and the versions between the marks."""
    before, begin, rest = PAGE.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE} has lost its marks {BEGIN} and {END}")
    PAGE.write_text(before + begin + "\n" + _measured(rows, limits, minutes) + end + after)


def _measured(rows: Sequence[Comparison], limits: Sequence[Comparison], minutes: float) -> str:
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    facts = "\n".join(f"- {name}: {value}" for name, value in machine.facts())
    return f"""
`make bench`, {today}, {minutes:.0f} minutes. Each figure: {SPREAD} of its turns; `load` is the
machine's load average of one minute when the row was done, the benchmark's own part included.

{markdown(rows)}

The machine's own limits, measured in the same run:

{markdown_of_limits(limits)}

What took part, and the settings of the peers:

{facts}
- Redis: `redis-server {_words(REDIS)}`
- Celery: `celery {_words((*WORKER, *QUIET))}`; task_acks_late, task_reject_on_worker_lost,
  task_ignore_result, worker_prefetch_multiplier 4, broker_pool_limit 32
  (`bench/peers/celery_app.py`)
- ElasticMQ: `messages-storage` and `queues-storage` enabled on H2 where it says so; statistics and
  debug log off (`bench/peers/queue_servers.py`)
- moto: `python -m moto.server`

"""


def markdown_of_limits(limits: Sequence[Comparison]) -> str:
    """A table of figures that stand alone."""
    lines = ["| what | seen |", "|---|---|"]
    return "\n".join(lines + [f"| {cells(row)[0]} | {cells(row)[1]} |" for row in limits])


def _words(words: Sequence[str]) -> str:
    return " ".join(word or '""' for word in words)
