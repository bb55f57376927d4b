"""The tasks, newest first, as they come: filters, and pages by FC's nextToken."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from fctask import tasks
from fctask.console.console import Console
from fctask.console.pages import console_of, fragment, page
from fctask.task import STATUSES
from fctask.tasks import Page, TaskQuery
from fctask.times import moment_of

ROWS = 50
_LAST = 253_370_764_800_000  # ms since 1970 at the begin of the year 9999
_FIRST = ("Running", "Failed", "Succeeded", "Stopped")  # what is looked for most
_IN_ORDER = (*_FIRST, *(status for status in STATUSES if status not in _FIRST))


@dataclass(frozen=True)
class Filters:
    """What the address says of the tasks wanted, as it was typed. `problems` by field name."""

    prefix: str
    status: str
    since: str
    until: str
    query: TaskQuery
    problems: dict[str, str]

    @property
    def any(self) -> bool:
        """Whether something is filtered."""
        return bool(self.prefix or self.status or self.since or self.until)


def filters_of(request: Request) -> Filters:
    """The filters in the request's address."""
    given = request.query_params
    prefix, status = given.get("prefix", "").strip(), given.get("status", "")
    since, until = given.get("since", "").strip(), given.get("until", "").strip()
    problems: dict[str, str] = {}

    def moment(name: str, text: str) -> int | None:
        try:
            found = moment_of(text) if text else None
            if found is not None and not 0 <= found < _LAST:
                raise ValueError(f"{text!r} is not between the years 1970 and 9999")
            return found
        except (ValueError, OverflowError) as error:
            problems[name] = str(error)
            return None

    begin, end = moment("since", since), moment("until", until)
    if status and status not in STATUSES:
        problems["status"] = f"{status!r} is no status of a task"
    query = TaskQuery(prefix=prefix, status=status, begin=begin, end=end)
    return Filters(prefix, status, since, until, query, problems)


async def shown_page(console: Console, filters: Filters, token: str) -> Page:
    """The page of tasks with that token. Raises FctaskError."""
    if filters.problems:
        return Page((), "")

    def asked() -> Page:
        found = tasks.page(console.clients, filters.query, token, ROWS)
        if not found.tasks and not filters.any and not token:
            tasks.require_task_function(console.clients)  # or the list stays empty for ever
        return found

    key = ("tasks", filters.prefix, filters.status, filters.since, filters.until, token)
    found = await console.asking.shared(key, asked)
    if found.next_token:
        console.remember_page(found.next_token, token)
    return found


async def task_list(request: Request) -> Response:
    """GET /tasks."""
    return await _shown(request, whole=True)


async def task_rows(request: Request) -> Response:
    """GET /live/tasks: the table alone, for a page that shows it."""
    return await _shown(request, whole=False)


async def _shown(request: Request, *, whole: bool) -> Response:
    console = console_of(request)
    filters, token = filters_of(request), request.query_params.get("token", "")
    found = await shown_page(console, filters, token)
    shown = {
        "filters": filters,
        "statuses": _IN_ORDER,
        "found": found,
        "token": token,
        "before": console.page_before(token) if token else None,
    }
    if whole:
        return page(request, "tasks.html", {"at": "tasks", **shown})
    return fragment(request, "rows.html", shown)
