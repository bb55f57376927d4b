"""Log Service: projects, logstores, writing, and the query language of GetLogs."""

import time
from typing import Any

from aliyun.log import GetLogsRequest, IndexConfig, LogItem, PutLogsRequest

from tests.conformance.run import Run, there

STORE = "lines"
INDEX = {
    "line": {"token": [" ", ":", "="], "caseSensitive": False},
    "keys": {
        "requestId": {"type": "text", "token": [" "], "caseSensitive": False},
        "durationMs": {"type": "long"},
    },
}

_LINES = (
    {"requestId": "one", "message": "invocation started", "durationMs": "5"},
    {"requestId": "one", "message": "invocation ended: Succeeded", "durationMs": "7"},
    {"requestId": "two", "message": "invocation ended: Failed", "durationMs": "70"},
)
_QUERIES = (
    "invocation",
    "requestId:one",
    "requestId: one and ended",
    "started or Failed",
    "invocation not Succeeded",
    "durationMs > 6",
    "start*",
    '"invocation ended"',
    "nothing",
    "((",
    "nosuchfield: x",
)


def make_logstore(run: Run, project: str) -> None:
    """A project with a logstore and an index in it; the project takes them with it at the end."""
    log = run.side.log
    run.make(f"project {project}", lambda: log.delete_project(project))
    run.need("CreateProject", lambda: log.create_project(project, "a conformance run"))
    run.need(
        "CreateLogStore",
        # what a project was just made with is not known everywhere at once
        lambda: log.create_logstore(project, STORE, 1, 1),
        until=there,
    )
    index: Any = IndexConfig()
    index.from_json(INDEX)
    run.need("CreateIndex", lambda: log.create_index(project, STORE, index), until=there)


def logs(run: Run) -> None:
    """Make, write, and look for what was written."""
    log, project = run.side.log, run.name("logs")
    run.see("GetProject of none", lambda: log.get_project(project))
    make_logstore(run, project)
    run.see("CreateProject again", lambda: log.create_project(project, ""))
    run.see("CreateLogStore again", lambda: log.create_logstore(project, STORE, 1, 1))
    run.see("GetProject", lambda: log.get_project(project))
    run.see("GetLogStore", lambda: log.get_logstore(project, STORE))
    run.see("GetLogStore of none", lambda: log.get_logstore(project, "none"))
    run.see("GetIndex", lambda: log.get_index_config(project, STORE))
    run.see("ListShards", lambda: log.list_shards(project, STORE))
    now = int(time.time())
    items = [LogItem(now, contents=list(line.items())) for line in _LINES]
    run.need(
        "PutLogs",
        lambda: log.put_logs(PutLogsRequest(project, STORE, "a-topic", "a-source", items)),
        until=there,  # a new logstore takes nothing for a while
    )

    def find(query: str, **more: Any) -> Any:
        return log.get_logs(
            GetLogsRequest(project, STORE, now - 600, now + 600, query=query, **more)
        )

    def lines(answer: Any) -> dict[str, Any]:
        return {"found": sorted(one.get_contents()["message"] for one in answer.get_logs())}

    run.see(
        "GetLogs *",
        lambda: find("*"),
        until=lambda answer: answer is not None and answer.get_count() == len(_LINES),
        show=lines,
    )
    for query in _QUERIES:
        run.see(f"GetLogs {query}", lambda query=query: find(query), show=lines)
    run.see("GetLogs, a page of one", lambda: find("*", line=1, offset=1))
    run.see("GetLogs, reversed", lambda: find("ended", reverse=True))
    run.see(
        "GetLogs of another topic",
        lambda: log.get_logs(
            GetLogsRequest(project, STORE, now - 600, now + 600, topic="other", query="*")
        ),
    )
    run.see(
        "GetLogs of before",
        lambda: log.get_logs(GetLogsRequest(project, STORE, now - 7200, now - 3600, query="*")),
    )
    run.see(
        "GetLogs of a logstore that is none",
        lambda: log.get_logs(GetLogsRequest(project, "none", now - 60, now, query="*")),
    )
