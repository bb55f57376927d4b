"""Functions: made, called, changed, published, and what is refused."""

import base64
import zipfile
from io import BytesIO
from typing import Any

from alibabacloud_fc20230330 import models as official_models
from darabonba.runtime import RuntimeOptions

from tests.conformance.run import Run

models: Any = official_models

HANDLER = """
import json, logging, time

def handler(event, context):
    wish = json.loads(event or b"{}")
    logging.getLogger().info("handling %s", wish)
    if wish.get("sleep"):
        time.sleep(wish["sleep"])
    if wish.get("raise"):
        raise ValueError(wish["raise"])
    return wish
"""
"""A handler that does what its event says."""


def code() -> Any:
    """The handler as a package, the same bytes each time."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py", (2024, 1, 1, 0, 0, 0)), HANDLER)
    return models.InputCodeLocation(zip_file=base64.b64encode(buffer.getvalue()).decode())


def make_function(run: Run, name: str, **settings: Any) -> Any:
    """CreateFunction; it is removed at the end."""
    run.make(f"function {name}", lambda: run.side.fc.delete_function(name))
    body = models.CreateFunctionInput(
        **{
            "function_name": name,
            "runtime": "python3.10",
            "handler": "index.handler",
            "memory_size": 128,
            "cpu": 0.1,
            "disk_size": 512,
            "timeout": 5,
            "code": code(),
            **settings,
        }
    )
    return run.side.fc.create_function(models.CreateFunctionRequest(body=body))


def invoke(run: Run, name: str, event: bytes, qualifier: str = "LATEST", **headers: Any) -> Any:
    """InvokeFunction with these headers."""
    return run.side.fc.invoke_function_with_options(
        name,
        models.InvokeFunctionRequest(body=event, qualifier=qualifier),
        models.InvokeFunctionHeaders(**headers),
        RuntimeOptions(read_timeout=60_000, autoretry=False),
    )


def active(answer: Any) -> bool:
    """Whether GetFunction says that the function can be called."""
    return answer is not None and answer.body.state in (None, "Active")


def functions(run: Run) -> None:
    """The life of a function without tasks."""
    fc, name = run.side.fc, run.name("function")
    get = models.GetFunctionRequest()
    run.see("GetFunction of none", lambda: fc.get_function(name, get))
    run.see("InvokeFunction of none", lambda: invoke(run, name, b"{}"))
    run.see(
        "CreateFunction with a memory that is no multiple of 64",
        lambda: make_function(run, run.name("bad"), memory_size=100),
    )
    run.see(
        "CreateFunction with a runtime that is none",
        lambda: make_function(run, run.name("bad"), runtime="python2"),
    )
    run.see(
        "CreateFunction with a timeout of 0", lambda: make_function(run, run.name("bad"), timeout=0)
    )
    run.need("CreateFunction", lambda: make_function(run, name, description="made by a run"))
    run.see("CreateFunction again", lambda: make_function(run, name))
    run.need("GetFunction", lambda: fc.get_function(name, get), until=active)
    run.see("InvokeFunction", lambda: invoke(run, name, b'{"n": 1}'))
    run.see("InvokeFunction that raises", lambda: invoke(run, name, b'{"raise": "no"}'))
    run.see("InvokeFunction that takes too long", lambda: invoke(run, name, b'{"sleep": 20}'))
    run.see(
        "UpdateFunction",
        lambda: fc.update_function(
            name, models.UpdateFunctionRequest(body=models.UpdateFunctionInput(memory_size=256))
        ),
    )
    _versions(run, name)


def _versions(run: Run, name: str) -> None:
    fc = run.side.fc
    get = models.GetFunctionRequest()
    run.need("GetFunction after the update", lambda: fc.get_function(name, get), until=active)
    published = run.need(
        "PublishFunctionVersion",
        lambda: fc.publish_function_version(
            name,
            models.PublishFunctionVersionRequest(
                body=models.PublishVersionInput(description="first")
            ),
        ),
    )
    version = published.body.version_id
    run.make(f"version {version} of {name}", lambda: fc.delete_function_version(name, version))
    alias = models.CreateAliasInput(alias_name="live", version_id=version)
    run.make(f"alias of {name}", lambda: fc.delete_alias(name, "live"))
    run.see("CreateAlias", lambda: fc.create_alias(name, models.CreateAliasRequest(body=alias)))
    run.see(
        "CreateAlias again", lambda: fc.create_alias(name, models.CreateAliasRequest(body=alias))
    )
    run.see("InvokeFunction by its alias", lambda: invoke(run, name, b"{}", "live"))
    run.see("InvokeFunction by an alias that is none", lambda: invoke(run, name, b"{}", "none"))
    run.see(
        "ListFunctionVersions",
        lambda: fc.list_function_versions(name, models.ListFunctionVersionsRequest()),
    )
    run.see(
        "GetAsyncInvokeConfig of none",
        lambda: fc.get_async_invoke_config(name, models.GetAsyncInvokeConfigRequest()),
    )
