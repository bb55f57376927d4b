"""What is done on both sides and compared, one subject to a file."""

from tests.conformance.run import Subject
from tests.conformance.subjects.functions import functions
from tests.conformance.subjects.logs import logs
from tests.conformance.subjects.queues import queues
from tests.conformance.subjects.roles import roles
from tests.conformance.subjects.signatures import signatures
from tests.conformance.subjects.tasks import tasks
from tests.conformance.subjects.topics import topics

SUBJECTS: dict[str, Subject] = {
    "roles and policies": roles,
    "queues and messages": queues,
    "topics": topics,
    "logs": logs,
    "functions": functions,
    "tasks": tasks,
    "signatures": signatures,
}

CREATED = (
    "3 RAM roles and 2 policies",
    "3 SMQ queues and 1 topic",
    "2 Log Service projects with a logstore each",
    "3 functions of 128 to 256 MB, called about 15 times",
)
"""What a run makes in an account, and removes again."""
