"""The guide's task inside `localcloud exec`: submit, follow, receive, print the message."""

import json
import sys
from pathlib import Path
from time import monotonic

EVENT = b'{"failure":true}'
LONGEST_WAIT = 120  # seconds for the message, once the task has ended
INTERRUPTED = 130


def main(stack: str, started: float) -> None:
    """Tell the task's story; the last line on standard output is the message as JSON."""
    from demo.telling import tell
    from fctask.clients import Clients
    from fctask.messages import acknowledge, receive_for
    from fctask.target import target_of_stack
    from fctask.tasks import follow, submit

    target = target_of_stack(stack, Path.cwd())
    clients = Clients(target)
    submitted = submit(clients, EVENT)
    tell(f"     invoked {target.function_name} with {EVENT.decode()}")
    tell(f"     202 at once: task {submitted.task_id}, request {submitted.request_id}")
    for seconds, state in follow(clients, submitted.task_id):
        note = f", {state.retries} retry" if state.retries else ""
        tell(f"     {seconds:6.1f} s  {state.status}{note}")
    message = receive_for(clients, submitted.request_id, LONGEST_WAIT)
    acknowledge(clients, message)
    tell(f"     its message, received from queue {target.queue_name}:")
    tell(f"     (the whole demo took {monotonic() - started:.0f} s)\n")
    print(json.dumps(message.document, ensure_ascii=False, separators=(",", ":")), flush=True)


if __name__ == "__main__":
    # The imports take most of a second, in which one may interrupt too: they are inside.
    try:
        from fctask.errors import FctaskError

        try:
            main(sys.argv[1], float(sys.argv[2]))
        except FctaskError as trouble:
            sys.exit(f"demo: {trouble}")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)  # what to do then is said by the demo, which is interrupted too
