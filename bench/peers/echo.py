"""What the server stack alone costs: an endpoint that gives back the body, with status 202."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def echo(request: Request) -> Response:
    """Read the body and give it back."""
    return Response(await request.body(), status_code=202)


app = Starlette(routes=[Route("/{path:path}", echo, methods=["POST"])])
