"""Totals of the last hour, six hours, day or week, and how they came over that time."""

from starlette.requests import Request
from starlette.responses import Response

from fctask.console.pages import console_of, fragment, page
from fctask.console.totals import WINDOWS, TotalsOfWindow

_QUICK = 0.02  # seconds that a page waits for a reading before it shows what there is
_ERRORS = 12


async def totals_page(request: Request) -> Response:
    """GET /totals."""
    return await _shown(request, whole=True)


async def totals_state(request: Request) -> Response:
    """GET /live/totals: what changes, for a page that shows it."""
    return await _shown(request, whole=False)


async def _shown(request: Request, *, whole: bool) -> Response:
    console = console_of(request)
    window = request.query_params.get("window", "1d")
    window = window if window in WINDOWS else "1d"
    if window not in console.totals:
        console.totals[window] = TotalsOfWindow(console.clients, window, console.troubles)
    of_window = console.totals[window]
    of_window.refresh(console.asking)
    await of_window.settle(_QUICK)
    shown = {
        "window": window,
        "trouble": of_window.trouble,
        "summary": of_window.summary,
        "so_far": of_window.so_far,
        "most_errors": _ERRORS,
    }
    if whole:
        return page(request, "totals.html", {"at": "totals", "windows": WINDOWS, **shown})
    return fragment(request, "totals_state.html", shown)
