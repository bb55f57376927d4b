"""The demo's port, looked at before anything is set up: `make` runs this file as a script.

The standard library only, and a syntax that an old Python can read: see toolchain/environment.py.
"""

import errno
import http.client
import json
import os
import socket
import sys
from collections.abc import Mapping

HOST = "127.0.0.1"
VARIABLE = "LOCALCLOUD_PORT"
DEFAULT = 8321
_TIMEOUT = 10.0  # s, as for localcloud's own calls


class PortRefused(Exception):
    """The port cannot be the demo's; the text says why, and how to name another."""


def port_named(environ: "Mapping[str, str]") -> int:
    """The port that the environment names, 1 to 65535; 8321 where it names none.

    Raises PortRefused.
    """
    text = environ.get(VARIABLE, "").strip() or str(DEFAULT)
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise PortRefused(f"the port {text!r} is no number from 1 to 65535: make demo PORT={DEFAULT}")


def require_usable(port: int) -> None:
    """Raise PortRefused unless a localcloud answers at the port, or one can be started there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
        try:
            probe.bind((HOST, port))
            probe.listen(1)  # with this option a bind alone succeeds at some used ports
        except OSError as error:
            reason = error
        else:
            return
    if reason.errno == errno.EADDRINUSE and _is_localcloud(port):
        return
    why = "another program uses it" if reason.errno == errno.EADDRINUSE else reason.strerror
    raise PortRefused(f"port {port} cannot be used ({why}): name another, as in PORT=8322")


def _is_localcloud(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=_TIMEOUT)
    try:
        connection.request("GET", "/_localcloud/health", headers={"x-localcloud": "1"})
        document = json.loads(connection.getresponse().read().decode())
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()
    return isinstance(document, dict) and "status" in document


if __name__ == "__main__":
    try:
        require_usable(port_named(os.environ))
    except PortRefused as refused:
        sys.exit(f"demo: {refused}")
    except KeyboardInterrupt:
        sys.exit(130)
