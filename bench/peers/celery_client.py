"""The client of the Celery peer: reads a command a line, writes an answer a line, both JSON.

Runs in the peers' environment. Commands: ["submit", COUNT, THREADS], ["drain", COUNT],
["both", COUNT, THREADS].
"""

import json
import sys
import threading
import time

from celery_app import RESULTS, app, noop, results

EVENT = '{"key": "' + "v" * 188 + '"}'  # 200 bytes
QUEUE = "celery"


def submit(count, threads):
    """Seconds for all of them, and seconds for each `delay()`, from so many threads at once."""
    taken = []

    def work():
        for _ in range(count // threads):
            began = time.perf_counter()
            noop.delay(EVENT)
            taken.append(time.perf_counter() - began)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - began, taken


def hold():
    """Have the worker, which goes on running, take no task."""
    app.control.cancel_consumer(QUEUE, reply=True)
    results().delete(RESULTS)


def drain(count):
    """Seconds from when the worker may take tasks until all results are in the list."""
    began = time.perf_counter()
    app.control.add_consumer(QUEUE)
    await_results(count)
    return time.perf_counter() - began


def await_results(count):
    until = time.monotonic() + 120
    while (found := results().llen(RESULTS)) < count:
        if time.monotonic() > until:
            raise TimeoutError(f"{found} of {count} results after 120 s")
        time.sleep(0.01)


def both(count, threads):
    """Seconds from the first submission to the last result, while the worker works."""
    results().delete(RESULTS)
    began = time.perf_counter()
    submit(count, threads)
    await_results(count // threads * threads)
    return time.perf_counter() - began


COMMANDS = {"submit": submit, "drain": drain, "both": both, "hold": hold}


def main():
    results().delete(RESULTS)
    noop.delay(EVENT)
    await_results(1)  # worker, connections and code are warm
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(COMMANDS[name](*arguments)), flush=True)


if __name__ == "__main__":
    main()
