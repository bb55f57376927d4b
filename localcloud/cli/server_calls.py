"""Calls to the running server's own paths."""

import http.client
import json
from typing import Any

from localcloud.cli.defaults import DEFAULT_PORT

HOST = "127.0.0.1"
_TIMEOUT = 10.0  # s


class NotRunning(Exception):
    """No localcloud answers on the port: `fact` says so, the whole text also how to start one."""

    def __init__(self, fact: str, advice: str) -> None:
        super().__init__(f"{fact}: {advice}")
        self.fact = fact


def call(port: int, method: str, path: str) -> dict[str, Any]:
    """The JSON object that `/_localcloud/<path>` answers. Raises NotRunning.

    Goes straight to 127.0.0.1, whatever proxy the environment names.
    """
    connection = http.client.HTTPConnection(HOST, port, timeout=_TIMEOUT)
    try:
        connection.request(method, f"/_localcloud/{path}", headers={"x-localcloud": "1"})
        response = connection.getresponse()
        document = json.loads(response.read())
    except ConnectionRefusedError:
        raise NotRunning(
            f"localcloud is not running on port {port}", f"start it with `{serve_command(port)}`"
        ) from None
    except (OSError, http.client.HTTPException, ValueError):
        document = None
    finally:
        connection.close()
    if not isinstance(document, dict) or response_failed(document):
        raise NotRunning(
            f"what answers on port {port} is not a localcloud",
            "start one on another port with `localcloud serve --port N`, and name that port here "
            "too (--port or LOCALCLOUD_PORT)",
        )
    return document


def serve_command(port: int) -> str:
    """How one starts localcloud on this port."""
    return "localcloud serve" if port == DEFAULT_PORT else f"localcloud serve --port {port}"


def response_failed(document: dict[str, Any]) -> bool:
    """Whether the document is an error, or from another program."""
    return not ({"status", "stopping"} & document.keys())
