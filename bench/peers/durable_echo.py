"""The bare echo with one durable row for each request, committed as the store commits: in groups.

What a submission would cost with no signature, no function, no queue and no rule.
"""

import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localcloud.store.database import Database, Transaction, connect

_PATH = Path(os.environ["BENCH_DATABASE"])
connect(_PATH).execute("CREATE TABLE IF NOT EXISTS rows (event BLOB NOT NULL)")
_DATABASE = Database(_PATH)


async def echo(request: Request) -> Response:
    """Read the body, keep it, give it back."""
    body = await request.body()

    def keep(tx: Transaction) -> None:
        tx.execute("INSERT INTO rows VALUES (?)", (body,))

    await _DATABASE.write_short(keep)
    return Response(body, status_code=202)


app = Starlette(routes=[Route("/{path:path}", echo, methods=["POST"])])
