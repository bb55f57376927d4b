"""The task of the Celery peer. Runs in the peers' environment, never in ours.

Acknowledged late and given back when its worker is lost, so that no task is lost, as none of ours
is. The result goes to a list of Redis, as ours goes to a queue: Celery's own result backend asks
more of Redis (a key with its expiry and a publication for each task), and was a fifth slower here.
"""

import json
import os
from functools import lru_cache

from celery import Celery
from redis import Redis

BROKER = os.environ["BENCH_REDIS"]
RESULTS = "results"

app = Celery("bench", broker=BROKER)
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=4,  # the default; 128 was no faster here
    broker_connection_retry_on_startup=True,
    broker_pool_limit=32,
)


@lru_cache
def results() -> Redis:
    """This process's connection to the list of results."""
    return Redis.from_url(BROKER)


@app.task(name="noop", bind=True)
def noop(self, event):  # noqa: ARG001 - a handler has an event
    """The benchmark's handler: it does nothing, and its result is put into the list."""
    results().rpush(RESULTS, json.dumps({"id": self.request.id, "result": None}))
