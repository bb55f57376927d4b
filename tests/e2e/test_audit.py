"""`make audit` with the genuine pip-audit, and a stand-in for the service that it asks."""

import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.e2e.stack import ROOT
from tests.ran import Ran

WEAK = "requests"


@contextmanager
def service(weaknesses: "Mapping[str, list[Any]]") -> Generator[str, None, None]:
    """Answers for OSV: the known weaknesses by package; its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            found = weaknesses.get(asked["package"]["name"].lower())
            content = json.dumps({"vulns": found} if found else {}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing on the test's output."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()
        thread.join()


def asked_at(address: str) -> "tuple[str, ...]":
    return "--vulnerability-service", "osv", "--osv-url", address


def audit(*options: str) -> Ran:
    ended = subprocess.run(
        [sys.executable, "requirements/audit.py", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Ran(ended.returncode, ended.stdout, ended.stderr)


def test_a_weakness_of_a_locked_package_is_found() -> None:
    every_version = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99"}]}
    affected = {"package": {"name": WEAK, "ecosystem": "PyPI"}, "ranges": [every_version]}
    known = {"id": "PYSEC-2026-999", "summary": "it leaks", "affected": [affected]}
    with service({WEAK: [known]}) as address:
        ran = audit(*asked_at(address))
    assert ran.exit_code == 1, ran.text
    assert f"{WEAK} " in ran.stderr
    assert "PYSEC-2026-999, mended in 99" in ran.stderr


def test_no_weakness_is_known_of_what_is_locked_where_the_service_knows_none() -> None:
    with service({}) as address:
        ran = audit(*asked_at(address))
    assert ran.exit_code == 0, ran.text
    assert "no weakness is known of the 1" in ran.stdout


def test_a_service_that_cannot_be_reached_is_a_sentence_and_an_exit_code_of_its_own() -> None:
    ran = audit(*asked_at("http://127.0.0.1:1/v1/query"))
    assert ran.exit_code == 3, ran.text
    assert "could not be asked" in ran.stderr
    assert "Traceback" not in ran.text


def test_wrong_options_are_pip_audits_own_sentence() -> None:
    ran = audit("--no-such-option")
    assert ran.exit_code == 2, ran.text
    assert "--no-such-option" in ran.stderr
