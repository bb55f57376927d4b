"""Code packages for contract tests, and the refusals of the official FC client."""

import base64
import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import pytest
from alibabacloud_fc20230330 import models as official_models
from alibabacloud_fc20230330.client import Client
from darabonba.exceptions import DaraException

models: Any = official_models
"""The SDK's models. Its own types call every field optional and every answer None, so: Any."""

function_client: Any = Client
"""The official client, for a configuration; Any for the same reason."""

ECHO = "def handler(event, context):\n    return event\n"


def zipped(files: Mapping[str, str]) -> bytes:
    """A zip of these files."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def code_of(source: str = ECHO) -> Any:
    """The code of a function whose index.py is `source`."""
    return code_with({"index.py": source})


def code_with(files: Mapping[str, str]) -> Any:
    """The code of a function that is made of these files."""
    return models.InputCodeLocation(zip_file=base64.b64encode(zipped(files)).decode())


def create_request(name: str, **settings: Any) -> Any:
    """CreateFunction of a Python function, with these settings besides."""
    values: dict[str, Any] = {
        "function_name": name,
        "runtime": "python3.10",
        "handler": "index.handler",
        "code": code_of(),
        **settings,
    }
    return models.CreateFunctionRequest(body=models.CreateFunctionInput(**values))


def refusal_of(call: Callable[[], Any]) -> tuple[int, str, str]:
    """Status, code and message with which a call is refused."""
    with pytest.raises(DaraException) as refused:
        call()
    error = refused.value
    status: int = getattr(error, "status_code", 0) or error.data["statusCode"]
    message = str(getattr(error, "message", ""))
    return status, str(error.code), message
