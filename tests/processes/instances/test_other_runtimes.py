"""Node.js and custom runtimes, and those that do not run here."""

import asyncio
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from localcloud.fc.instances import hooks, interpreters
from localcloud.fc.instances.invocation import Credentials, Ending, Initializer, InstanceSpec
from localcloud.fc.instances.pool import InstancePool

from .conftest import Workshop

CREDENTIALS = Credentials("STS.id", "secret", "token")
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not on PATH")

NODE = """
    let initialized = 0;
    exports.initialize = (context, callback) => { initialized += 1; callback(null, ""); };
    exports.handler = (event, context, callback) => {
      const asked = JSON.parse(event);
      console.log("asked", asked);
      process.stdout.write("raw\\n");
      if (asked.exit) process.exit(5);
      if (asked.throw) throw new TypeError("thrown");
      if (asked.reject) return Promise.reject(new Error("rejected"));
      if (asked.error) return callback(new Error("called back"));
      if (asked.text) return callback("only text");
      if (asked.hold) { global.held = Buffer.alloc(asked.hold << 20, 1); }
      if (asked.later) return setTimeout(() => callback(null, "later"), asked.later);
      callback(null, { initialized, id: context.requestId, key: context.credentials.accessKeyId,
                       memory: context.function.memory, region: context.region });
    };
    exports.promises = async (event, context) => Buffer.from([0, 255]);
    """


def node_function(workshop: Workshop, source: str = NODE, **settings: Any) -> InstanceSpec:
    spec = workshop.deploy("", runtime="nodejs20", **settings)
    (spec.code / "index.js").write_text(textwrap.dedent(source))
    return spec


@needs_node
def test_a_node_handler_answers_and_logs(workshop: Workshop) -> None:
    spec = node_function(workshop, initializer=Initializer("index.initialize", 5))

    async def story(pool: InstancePool) -> None:
        for _ in range(2):
            attempt = await workshop.invoke(
                pool, spec, {"a": 1}, request_id="1-node", credentials=CREDENTIALS
            )
            assert attempt.outcome.ending is Ending.ANSWERED, attempt.lines
            assert attempt.payload == {
                "initialized": 1,
                "id": "1-node",
                "key": "STS.id",
                "memory": 128,
                "region": "cn-hangzhou",
            }
            assert attempt.lines[-2].endswith("Z 1-node [verbose] asked { a: 1 }")
            assert attempt.lines[-1] == "raw"
            assert 20 < attempt.outcome.peak_memory < 100

    workshop.run(story)


@needs_node
@pytest.mark.parametrize(
    ("event", "ending", "message"),
    [
        ({"throw": 1}, Ending.RAISED, "thrown"),
        ({"reject": 1}, Ending.RAISED, "rejected"),
        ({"error": 1}, Ending.HANDLED, "called back"),
        ({"text": 1}, Ending.HANDLED, "only text"),
        ({"exit": 1}, Ending.EXITED, "Process exited unexpectedly before completing request ("),
        ({"hold": 200}, Ending.OUT_OF_MEMORY, "Process exited unexpectedly before completing"),
        ({"later": 9000}, Ending.TIMED_OUT, "Function timed out after 1 seconds"),
    ],
    ids=["throw", "reject", "error", "text", "exit", "memory", "timeout"],
)
def test_node_attempts_end_in_each_way(
    workshop: Workshop, event: dict[str, int], ending: Ending, message: str
) -> None:
    spec = node_function(workshop, timeout=1)

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec, event)
        assert attempt.outcome.ending is ending, attempt
        assert attempt.payload["errorMessage"].startswith(message)

    workshop.run(story)


@needs_node
def test_node_modules_that_do_not_load_are_told_apart(workshop: Workshop) -> None:
    cases = [
        ("exports.handler = (", "index.handler", Ending.BAD_CODE, "UserCodeSyntaxError"),
        ("require('no-such')", "index.handler", Ending.BAD_CODE, "ImportModuleError"),
        ("", "other.handler", Ending.BAD_CODE, "ImportModuleError"),
        ("", "index.missing", Ending.NO_HANDLER, "HandlerNotFound"),
    ]

    async def story(pool: InstancePool) -> None:
        for source, handler, ending, kind in cases:
            spec = node_function(workshop, source, handler=handler)
            attempt = await workshop.invoke(pool, spec)
            assert (attempt.outcome.ending, attempt.payload["errorType"]) == (ending, kind)

    workshop.run(story)


@needs_node
def test_promises_modules_and_concurrency_in_node(workshop: Workshop) -> None:
    promises = node_function(workshop, handler="index.promises")
    several = workshop.deploy("", runtime="nodejs20", instance_concurrency=5)
    (several.code / "index.mjs").write_text(
        textwrap.dedent(
            """
            export const handler = async (event, context) => {
              for (let i = 0; i < 10; i++) {
                process.stdout.write(context.requestId + " ");
                await new Promise((resolve) => setTimeout(resolve, 2));
                console.info("line", i);
              }
              return context.requestId;
            };
            """
        )
    )

    async def story(pool: InstancePool) -> None:
        assert (await workshop.invoke(pool, promises)).outcome.payload == b"\x00\xff"
        attempts = await asyncio.gather(
            *(workshop.invoke(pool, several, request_id=f"1-{i}") for i in range(5))
        )
        assert len({attempt.outcome.instance_id for attempt in attempts}) == 1
        for i, attempt in enumerate(attempts):
            assert attempt.outcome.payload == f"1-{i}".encode()
            assert len(attempt.lines) == 10
            for n, line in enumerate(attempt.lines):
                assert line.startswith(f"1-{i} ")
                assert line.endswith(f" 1-{i} [info] line {n}")

    workshop.run(story)


SERVER = """
    import os, sys, time
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    class Server(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def answer(self):
            event = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            print(self.command, self.path, self.headers["x-fc-request-id"], flush=True)
            status = {}
            if event == b"fail":
                status = {"x-fc-status": "404"}
            if event == b"exit":
                os._exit(9)
            if event == b"sleep":
                time.sleep(60)
            body = event + b" for " + self.headers["x-fc-access-key-id"].encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            for name, value in status.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        do_POST = do_GET = answer
        def log_message(self, *args):
            pass
    ThreadingHTTPServer(("", int(os.environ["FC_CUSTOM_LISTEN_PORT"])), Server).serve_forever()
    """


def custom_function(workshop: Workshop, **settings: Any) -> InstanceSpec:
    command = ("python3.11", "/code/index.py")
    given = {"runtime": "custom.debian12", "custom_command": command, "timeout": 1} | settings
    spec = workshop.deploy(SERVER, **given)
    folder = spec.code / "bin"
    folder.mkdir()
    (folder / "python3.11").symlink_to(os.path.realpath(sys.executable))
    return spec


def test_a_custom_runtime_is_called_over_http(workshop: Workshop) -> None:
    spec = custom_function(workshop, initializer=Initializer("-", 5))

    async def story(pool: InstancePool) -> None:
        first = await workshop.invoke(
            pool, spec, b"one", request_id="1-http", credentials=CREDENTIALS
        )
        assert first.outcome.ending is Ending.ANSWERED, first
        assert first.outcome.payload == b"one for STS.id"
        assert first.lines == [
            "FC Initialize Start RequestId: 1-http",
            "POST /initialize 1-http",
            "FC Initialize End RequestId: 1-http",
            "POST /invoke 1-http",
        ]
        failed = await workshop.invoke(pool, spec, b"fail", credentials=CREDENTIALS)
        assert failed.outcome.ending is Ending.RAISED
        assert failed.outcome.payload == b"fail for STS.id"
        assert failed.outcome.instance_id == first.outcome.instance_id
        two = await asyncio.gather(
            *(workshop.invoke(pool, spec, b"x", credentials=CREDENTIALS) for _ in range(2))
        )
        assert len({attempt.outcome.instance_id for attempt in two}) == 2
        late = await workshop.invoke(pool, spec, b"sleep", credentials=CREDENTIALS)
        assert late.outcome.ending is Ending.TIMED_OUT
        gone = await workshop.invoke(pool, spec, b"exit", credentials=CREDENTIALS)
        assert gone.outcome.ending is Ending.EXITED
        assert any("exit status 9" in line for line in gone.lines)

    workshop.run(story)


def test_a_custom_command_that_does_not_start_has_exited(workshop: Workshop) -> None:
    missing = workshop.deploy("", runtime="custom", custom_command=("/code/no-such",))
    ends = workshop.deploy("", runtime="custom", custom_command=("sh", "-c", "echo no; exit 3"))

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, missing)
        assert attempt.outcome.ending is Ending.EXITED
        assert any("no-such" in line for line in attempt.lines), attempt.lines
        attempt = await workshop.invoke(pool, ends)
        assert attempt.outcome.ending is Ending.EXITED
        assert attempt.lines[0] == "no"
        assert "exit status 3" in attempt.lines[1]

    workshop.run(story)


def test_a_custom_server_that_never_listens_is_told_so(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "LONGEST_START", 0.2)
    spec = workshop.deploy("", runtime="custom", custom_command=("sleep", "60"))

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec)
        assert attempt.outcome.ending is Ending.EXITED
        assert (
            "did not listen on its port (configured: 9000) within 0.2 seconds"
            in attempt.payload["errorMessage"]
        )

    workshop.run(story)


@pytest.mark.parametrize("runtime", ["java11", "custom-container"])
def test_a_runtime_that_does_not_run_here_is_an_error_that_says_so(
    workshop: Workshop, runtime: str
) -> None:
    spec = workshop.deploy("", runtime=runtime)

    async def story(pool: InstancePool) -> None:
        reason = pool.supports(runtime)
        assert reason is not None
        assert pool.supports("python3") is None
        attempt = await workshop.invoke(pool, spec)
        assert attempt.outcome.ending is Ending.NO_RUNTIME
        assert attempt.payload["errorMessage"] == reason

    workshop.run(story)


@pytest.mark.parametrize("what", ["is gone", "is no program"])
def test_an_interpreter_that_cannot_be_started_any_more_is_named(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    interpreter = workshop.folder / "bin" / "python3.9"
    interpreter.parent.mkdir()
    interpreter.write_bytes(b"no program\n")
    interpreter.chmod(0o755)
    monkeypatch.setenv("PATH", f"{interpreter.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(interpreters, "find", found(interpreter))
    spec = workshop.deploy("def handler(event, context):\n    return 1\n", runtime="python3.9")
    other = workshop.deploy("def handler(event, context):\n    return 1\n", runtime="python3.10")

    async def story(pool: InstancePool) -> None:
        if what == "is gone":
            interpreter.unlink()
        attempt = await workshop.invoke(pool, spec)
        assert attempt.outcome.ending is Ending.NO_RUNTIME
        message = attempt.payload["errorMessage"]
        for part in ("python3.9", str(interpreter), "start localcloud again"):
            assert part in message
        await pool.prepare("python3.9")  # nobody asked for an answer: the first call gets it
        assert (await workshop.invoke(pool, other)).outcome.ending is Ending.ANSWERED

    workshop.run_apart(story)


def found(path: Path) -> Callable[[Path], Coroutine[Any, Any, list[interpreters.Interpreter]]]:
    """A search for interpreters that finds this one."""

    async def find(_memory: Path) -> list[interpreters.Interpreter]:
        return [interpreters.Interpreter(str(path), (3, 9, 99))]

    return find


def test_a_handler_that_fills_its_disk_is_ended(workshop: Workshop) -> None:
    spec = workshop.deploy(
        """
        import os, tempfile, time
        def handler(event, context):
            for number in range(4):
                with open(os.path.join(tempfile.gettempdir(), str(number)), "wb") as file:
                    file.write(b"x" * (6 << 20))
            time.sleep(5)
        """,
        disk_size=16,
    )

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec)
        assert attempt.outcome.ending is Ending.EXITED
        said = r".* that are open took (1[7-9]|2[0-4]) MB; its diskSize is 16 MB"
        assert re.fullmatch(said, attempt.lines[-1])

    workshop.run(story)


def test_code_folders_are_those_of_living_instances(workshop: Workshop) -> None:
    layer = workshop.folder / "layer"
    spec = workshop.deploy("def handler(e, c):\n    return 1\n", layers=(layer,))

    async def story(pool: InstancePool) -> None:
        task = asyncio.create_task(workshop.invoke(pool, spec))
        await asyncio.sleep(0)
        assert pool.code_folders() == {spec.code, layer}
        await task
        assert pool.code_folders() == {spec.code, layer}
        await pool.retire(spec.function_name)
        assert pool.code_folders() == set[Path]()

    workshop.run(story)
