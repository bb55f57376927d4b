"""A console served by the installed program, and raw requests to it."""

import http.client
import json
import select
import subprocess
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.fctask_program import Fctask, interrupt
from tests.ran import Ran

_READY_WITHIN = 20  # seconds


@dataclass
class Answer:
    """What came back: status, headers by lower-case name, text."""

    status: int
    headers: dict[str, str]
    text: str


@dataclass
class Console:
    """One running `fctask console --json`. `url` has the token; `origin` is without path."""

    process: "subprocess.Popen[str]"
    url: str
    port: int
    cookie: str = ""

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def send(
        self, method: str, path: str, body: str | None = None, **headers: str | None
    ) -> Answer:
        """One raw request with the cookie; `_` in a header name is `-`, None leaves it out."""
        given = {"cookie": self.cookie or None, **headers}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.putrequest(method, path, skip_host="host" in given)
        for name, value in given.items():
            if value is not None:
                connection.putheader(name.replace("_", "-"), value)
        if body is not None:
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(None if body is None else body.encode())
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        text = answer.read().decode()
        connection.close()
        return Answer(answer.status, found, text)

    def let_in(self) -> Answer:
        """Exchange the token for the cookie, as a browser does."""
        answer = self.send("GET", self.url.removeprefix(self.origin))
        self.cookie = answer.headers["set-cookie"].partition(";")[0]
        return answer

    def post(self, path: str, fields: dict[str, str], **headers: str | None) -> Answer:
        """Post a form as a page of the console does; `headers` change what is sent."""
        given: dict[str, str | None] = {
            "origin": self.origin,
            "content_type": "application/x-www-form-urlencoded",
            **headers,
        }
        return self.send("POST", path, urlencode(fields), **given)

    def form_key(self, path: str = "/messages/redrive") -> str:
        """The key in a form of a page."""
        text = self.send("GET", path).text
        return text.partition('name="key" value="')[2].partition('"')[0]

    def end(self) -> Ran:
        """Ctrl-C, unless it has ended."""
        if self.process.poll() is None:
            return interrupt(self.process)
        stdout, stderr = self.process.communicate()
        return Ran(self.process.returncode, stdout, stderr)


def serving(program: Fctask, *options: str) -> Console:
    """Start `fctask console --json` and wait until it has told its address."""
    process = program.start("console", "--json", *options)
    assert process.stdout
    ready, _, _ = select.select([process.stdout], [], [], _READY_WITHIN)
    told = ""
    while ready and not told.endswith("}\n"):  # the document comes in one piece
        line = process.stdout.readline()
        told += line
        if not line:
            break
    if not told.endswith("}\n"):
        process.kill()
        stdout, stderr = process.communicate()
        raise AssertionError(f"no console: {told}{stdout}\n{stderr}")
    document = json.loads(told)
    return Console(process, document["url"], document["port"])
