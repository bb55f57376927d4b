"""A custom runtime inside its instance: the command's HTTP server, and calls as requests to it.

https://www.alibabacloud.com/help/en/functioncompute/fc/context-and-log-format-1
The bridge between the two is this process, forked from localcloud's own template; it speaks frames
to localcloud as runtime/handler.py does, starts the command and ends as the command ends.

Runs under any Python from 3.6 on: standard library only, no newer syntax.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import threading
import time
from typing import Any, Dict, Tuple

from . import handler, loading

_FIRST_PAUSE = 0.002  # seconds between two attempts to connect, growing to
_LONGEST_PAUSE = 0.1
_REQUESTS = {
    handler.INVOKE: ("POST", "/invoke"),
    handler.INITIALIZE: ("POST", "/initialize"),
    handler.PRE_STOP: ("GET", "/pre-stop"),
}


def serve(link: socket.socket, order: Dict[str, Any]) -> None:
    """Answer calls until localcloud closes the socket; ends the process."""
    _Bridge(link, order).run()
    os._exit(0)


class _Bridge(handler.Instance):
    def _prepare(self) -> None:
        self._lines = None
        self._port = int(self._order["custom_port"])
        self._server = subprocess.Popen(self._order["custom_command"], stdin=subprocess.DEVNULL)
        threading.Thread(target=self._end_with_server, daemon=True).start()

    def _end_with_server(self) -> None:
        status = self._server.wait()
        if status < 0:
            signal.signal(-status, signal.SIG_DFL) if -status != signal.SIGKILL else None
            os.kill(os.getpid(), -status)
        os._exit(status if status >= 0 else 128 - status)

    def _run(self, kind: int, call: Dict[str, Any], event: bytes) -> Tuple[int, bytes]:
        if kind == handler.START:
            self._wait_for_server()
            return loading.END_ANSWERED, b""
        method, path = _REQUESTS[kind]
        connection = http.client.HTTPConnection("127.0.0.1", self._port)
        try:
            connection.request(method, path, event or None, self._headers(path, call))
            answer = connection.getresponse()
            payload = answer.read(handler.MOST_ANSWER + 1)
        except (OSError, http.client.HTTPException) as error:
            # An end of the server is told by its exit status, unless it lives on.
            self._give_server_time_to_end()
            return loading.END_RAISED, _error(
                f"{method} {path} got no answer from port {self._port}: {error}"
            )
        finally:
            connection.close()
        if len(payload) > handler.MOST_ANSWER:
            return loading.END_RAISED, _error(
                f"response payload exceeds maximum allowed size ({handler.MOST_ANSWER} bytes)"
            )
        said = answer.getheader("x-fc-status")
        failed = said.strip() != "200" if said else answer.status >= 400
        return loading.END_RAISED if failed else loading.END_ANSWERED, payload

    def _wait_for_server(self) -> None:
        pause = _FIRST_PAUSE
        while True:  # localcloud ends the instance when this takes too long
            try:
                socket.create_connection(("127.0.0.1", self._port), 1).close()
            except OSError:
                time.sleep(pause)
                pause = min(pause * 1.5, _LONGEST_PAUSE)
            else:
                return

    def _give_server_time_to_end(self) -> None:
        time.sleep(_LONGEST_PAUSE)

    def _headers(self, path: str, call: Dict[str, Any]) -> Dict[str, str]:
        order = self._order
        headers = {
            "Content-Type": "application/octet-stream",
            "x-fc-request-id": call["request_id"],
            "x-fc-control-path": path,
            "x-fc-function-name": order["function_name"],
            "x-fc-function-handler": order["handler"],
            "x-fc-function-memory": str(order["memory_size"]),
            "x-fc-function-timeout": str(order["timeout"]),
            "x-fc-region": order["region"],
            "x-fc-account-id": order["account_id"],
            "x-fc-qualifier": call["qualifier"],
            "x-fc-version-id": order["version"],
            "x-fc-service-logproject": order["log_project"],
            "x-fc-service-logstore": order["logstore"],
        }
        if call.get("credentials"):
            key, secret, token = call["credentials"]
            headers["x-fc-access-key-id"] = key
            headers["x-fc-access-key-secret"] = secret
            headers["x-fc-security-token"] = token
        return headers


def _error(message: str) -> bytes:
    return json.dumps({"errorMessage": message}).encode()
