"""Each way an attempt can end, with FC's payload for it."""

import json

import pytest

from localcloud.fc.instances.invocation import Credentials, Ending
from localcloud.fc.instances.pool import InstancePool

from .conftest import Workshop


@pytest.mark.parametrize("runtime", ["python3", "python3.9", "python3.10", "python3.12"])
def test_every_python_runtime_answers_and_logs_with_the_request_id(
    workshop: Workshop, runtime: str
) -> None:
    spec = workshop.deploy(
        """
        import json, logging
        logger = logging.getLogger()
        def handler(event, context):
            print("printed")
            logger.info("logged %s", 1)
            context.getLogger().warning("by the context's logger")
            return {"event": json.loads(event.decode()), "id": context.request_id}
        """,
        runtime=runtime,
    )

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec, {"a": 1}, request_id="1-abc")
        assert attempt.outcome.ending is Ending.ANSWERED
        assert attempt.outcome.succeeded
        assert attempt.payload == {"event": {"a": 1}, "id": "1-abc"}
        assert attempt.lines[0] == "printed"
        time, _, rest = attempt.lines[1].partition(" ")
        assert rest == "1-abc [INFO] logged 1"
        assert len(time) == len("2024-01-13T08:53:51.939Z")
        assert time.endswith("Z")
        assert attempt.lines[2].endswith(" 1-abc [WARNING] by the context's logger")
        assert len(attempt.lines) == 3
        assert 4 < attempt.outcome.peak_memory < 40

    workshop.run(story)


@pytest.mark.parametrize(
    ("result", "payload"),
    [
        ("b'\\x00\\xff'", b"\x00\xff"),
        ("'中'", "中".encode()),
        ("None", b"null"),
        ("[1, 'x']", b'[1, "x"]'),
        ("''", b""),
    ],
)
def test_what_a_handler_returns_is_serialised_as_fc_does(
    workshop: Workshop, result: str, payload: bytes
) -> None:
    spec = workshop.deploy(f"def handler(event, context):\n    return {result}\n")

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec)
        assert attempt.outcome.ending is Ending.ANSWERED
        assert attempt.outcome.payload == payload

    workshop.run(story)


def test_a_raised_exception_is_told_with_type_and_stack(workshop: Workshop) -> None:
    spec = workshop.deploy(
        """
        def inner():
            raise ValueError("something is wrong")
        def handler(event, context):
            inner()
        """
    )

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec)
        assert attempt.outcome.ending is Ending.RAISED
        assert attempt.payload == {
            "errorMessage": "something is wrong",
            "errorType": "ValueError",
            "stackTrace": [
                ['File "/code/index.py"', "line 5", "in handler", "inner()"],
                [
                    'File "/code/index.py"',
                    "line 3",
                    "in inner",
                    'raise ValueError("something is wrong")',
                ],
            ],
        }
        assert "[ERROR]" in attempt.printed[0]
        again = await workshop.invoke(pool, spec)
        assert again.outcome.instance_id == attempt.outcome.instance_id

    workshop.run(story)


def test_a_result_that_is_no_json_is_an_error(workshop: Workshop) -> None:
    spec = workshop.deploy("def handler(event, context):\n    return {1, 2}\n")

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec)
        assert attempt.outcome.ending is Ending.RAISED
        assert attempt.payload["errorType"] == "TypeError"
        assert "not JSON serializable" in attempt.payload["errorMessage"]

    workshop.run(story)


def test_an_answer_of_10_mb_arrives_and_one_over_32_mb_is_refused(workshop: Workshop) -> None:
    spec = workshop.deploy(
        """
        def handler(event, context):
            return b"x" * int(event)
        """,
        memory_size=256,
    )

    async def story(pool: InstancePool) -> None:
        ten = await workshop.invoke(pool, spec, b"10000000")
        assert ten.outcome.payload == b"x" * 10_000_000
        more = await workshop.invoke(pool, spec, str(32 * 1024 * 1024 + 1).encode())
        assert more.outcome.ending is Ending.RAISED
        assert "exceeds maximum allowed size (33554432 bytes)" in more.payload["errorMessage"]

    workshop.run(story)


def test_a_timeout_has_the_guides_message_and_takes_the_configured_time(
    workshop: Workshop,
) -> None:
    spec = workshop.deploy(
        "import time\ndef handler(event, context):\n    time.sleep(int(event))\n", timeout=1
    )

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec, 60)
        assert attempt.outcome.ending is Ending.TIMED_OUT
        peak = int(attempt.outcome.peak_memory)
        assert 4 < peak < 40
        assert attempt.outcome.payload == (
            b'{"errorMessage":"Function timed out after 1 seconds (maxMemoryUsage: %dMB)"}' % peak
        )
        assert 1000 <= attempt.outcome.duration < 2000
        again = await workshop.invoke(pool, spec, 0)
        assert again.outcome.ending is Ending.ANSWERED
        assert again.outcome.instance_id != attempt.outcome.instance_id

    workshop.run(story)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("sys.exit(3)", "exit status 3"),
        ("os._exit(4)", "exit status 4"),
        ("os.kill(os.getpid(), 9)", "killed by signal 9 (Killed)"),
        ("sys.exit('words')", "exit status 1"),
        ("raise KeyboardInterrupt", "exit status 1"),
    ],
)
def test_a_process_that_ends_has_exited(workshop: Workshop, act: str, said: str) -> None:
    spec = workshop.deploy(
        f"""
        import os, sys
        def handler(event, context):
            print("before")
            {act}
        """
    )

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec)
        assert attempt.outcome.ending is Ending.EXITED
        message = attempt.payload["errorMessage"]
        assert message.startswith(
            "Process exited unexpectedly before completing request (duration: "
        )
        assert f"maxMemoryUsage: {int(attempt.outcome.peak_memory)}MB)" in message
        assert "before" in attempt.lines
        assert any(line.endswith(said) for line in attempt.lines), attempt.lines

    workshop.run(story)


@pytest.mark.parametrize(
    ("handler", "message"),
    [
        ("index.missing", "Handler 'missing' is missing on module 'index'"),
        ("index.number", "Handler 'number' is missing on module 'index'"),
        ("handler", "Handler 'handler' is not of the form module.function"),
    ],
)
def test_a_missing_handler_is_told_apart(workshop: Workshop, handler: str, message: str) -> None:
    spec = workshop.deploy("number = 1\n", handler=handler)

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec)
        assert attempt.outcome.ending is Ending.NO_HANDLER
        assert attempt.payload["errorMessage"] == message
        assert attempt.payload["errorType"] == "HandlerNotFound"

    workshop.run(story)


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        ("def handler(:\n", "UserCodeSyntaxError", "Syntax error in module 'index'"),
        (
            "import no_such_thing\n",
            "ImportModuleError",
            "Unable to import module 'index': No module named 'no_such_thing'",
        ),
        ("1 / 0\n", "ZeroDivisionError", "division by zero"),
    ],
)
def test_code_that_does_not_load_is_told_apart(
    workshop: Workshop, source: str, kind: str, message: str
) -> None:
    spec = workshop.deploy(source)

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec)
        assert attempt.outcome.ending is Ending.BAD_CODE
        assert attempt.payload["errorType"] == kind
        assert attempt.payload["errorMessage"] == message
        assert "/code/index.py" in json.dumps(attempt.payload["stackTrace"])

    workshop.run(story)


def test_modules_called_as_the_runtimes_own_are_the_functions(workshop: Workshop) -> None:
    spec = workshop.deploy("", handler="handler.keeper")
    (spec.code / "handler.py").write_text(
        "import context\ndef keeper(event, given):\n    return context.WORD\n"
    )
    (spec.code / "context.py").write_text("WORD = 'mine'\n")

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec)
        assert attempt.outcome.payload == b"mine", attempt.lines

    workshop.run(story)


def test_the_environment_is_built_from_nothing(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALICLOUD_SECRET_KEY", "of the one who started localcloud")
    spec = workshop.deploy(
        """
        import os, sys
        def handler(event, context):
            return {"env": dict(os.environ), "cwd": os.getcwd(), "path": sys.path}
        """,
        environment=(("MINE", "1"), ("FC_REGION", "elsewhere")),
        memory_size=192,
    )
    credentials = Credentials("STS.id", "secret", "token")

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec, credentials=credentials, qualifier="prod")
        found = attempt.payload["env"]
        assert found.pop("MINE") == "1"
        assert found.pop("FC_REGION") == "cn-hangzhou"
        assert found.pop("FC_FUNCTION_MEMORY_SIZE") == "192"
        assert found.pop("FC_INSTANCE_ID") == attempt.outcome.instance_id
        assert found.pop("FC_FUNC_CODE_PATH") == str(spec.code)
        assert found.pop("FC_QUALIFIER") == "prod"
        assert found.pop("ALIBABA_CLOUD_ACCESS_KEY_ID") == "STS.id"
        assert found.pop("ALIBABA_CLOUD_ACCESS_KEY_SECRET") == "secret"
        assert found.pop("ALIBABA_CLOUD_SECURITY_TOKEN") == "token"
        assert set(found) == {
            "PATH",
            "LD_LIBRARY_PATH",
            "HOME",
            "TMPDIR",
            "LANG",
            "TZ",
            "FC_ACCOUNT_ID",
            "FC_FUNCTION_NAME",
            "FC_FUNCTION_HANDLER",
            "FC_VER_ID",
        }
        assert attempt.payload["cwd"] == str(spec.code)
        assert attempt.payload["path"][0] == str(spec.code)
        assert not any("site-packages" in entry for entry in attempt.payload["path"])

    workshop.run(story)


def test_the_context_has_what_fc_documents_for_the_runtime(workshop: Workshop) -> None:
    source = """
        def fields(thing):
            return {k: fields(v) if hasattr(v, "__dict__") else v for k, v in vars(thing).items()}
        def handler(event, context):
            return fields(context)
        """
    older = workshop.deploy(source, log_project="p", logstore="l")
    newer = workshop.deploy(source, runtime="python3.12", log_project="p", logstore="l")
    credentials = Credentials("id", "secret", "token")

    async def story(pool: InstancePool) -> None:
        old = (await workshop.invoke(pool, older, credentials=credentials)).payload
        assert old["credentials"] == {
            "access_key_id": "id",
            "access_key_secret": "secret",
            "security_token": "token",
        }
        assert old["function"] == {
            "name": older.function_name,
            "handler": "index.handler",
            "memory": 128,
            "timeout": 10,
        }
        assert old["service"] == {
            "name": "",
            "log_project": "p",
            "log_store": "l",
            "qualifier": "LATEST",
            "version_id": "LATEST",
        }
        assert (old["region"], old["account_id"]) == ("cn-hangzhou", "1234567890123456")
        new = (await workshop.invoke(pool, newer, credentials=credentials)).payload
        assert "credentials" not in new
        assert "service" not in new
        assert new["function"]["qualifier"] == "LATEST"
        assert (new["log_project"], new["log_store"]) == ("p", "l")

    workshop.run(story)


def test_layers_and_python_path_are_imported_from(workshop: Workshop) -> None:
    spec = workshop.deploy(
        """
        import from_layer, from_vendor
        def handler(event, context):
            return from_layer.WORD + from_vendor.WORD
        """,
        layers=(workshop.folder / "layer",),
        environment=(("PYTHONPATH", "/code/vendor"),),
    )
    for folder, name in ((workshop.folder / "layer/python", "from_layer"),):
        folder.mkdir(parents=True)
        (folder / f"{name}.py").write_text("WORD = 'layer '\n")
    (spec.code / "vendor").mkdir()
    (spec.code / "vendor/from_vendor.py").write_text("WORD = 'vendor'\n")

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec)
        assert attempt.outcome.payload == b"layer vendor", attempt.lines

    workshop.run(story)


def test_the_code_folder_stays_as_it_was_deployed(workshop: Workshop) -> None:
    spec = workshop.deploy("import other\ndef handler(event, context):\n    return 1\n")
    (spec.code / "other.py").write_text("")

    async def story(pool: InstancePool) -> None:
        assert (await workshop.invoke(pool, spec)).outcome.succeeded
        assert sorted(path.name for path in spec.code.iterdir()) == ["index.py", "other.py"]

    workshop.run(story)
