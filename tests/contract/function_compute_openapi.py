"""An OpenAPI document of Function Compute's API, read out of the official Python SDK.

Alibaba Cloud publishes none; the SDK's clients and models hold paths, parameters and types.
"""

import inspect
import re
import typing
from typing import Any

from alibabacloud_fc20230330 import models
from alibabacloud_fc20230330.client import Client

_PATH_VARIABLE = re.compile(r"\{DaraURL\.percent_encode\((\w+)\)\}")
_PRIMITIVES: dict[type, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    bytes: {"type": "string", "format": "binary"},
}
_FORWARDED = {"main_models": models, "List": list, "Dict": dict, "Any": Any, "BinaryIO": bytes}


def document(operations: frozenset[str], existing: str) -> dict[str, Any]:
    """OpenAPI 3.0 of these operations, such as `CreateFunction`.

    In a path, every second name or so is `existing`, so that not all calls end in "not found".
    """
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {}
    for name, method in inspect.getmembers(Client, inspect.isfunction):
        if name.endswith("_with_options"):
            source = inspect.getsource(method)
            action = _found(r"action = '(\w+)'", source)
            if action in operations:
                path = _PATH_VARIABLE.sub(r"{\1}", _found(r"pathname = f'([^']+)'", source))
                verb = _found(r"method = '(\w+)'", source).lower()
                paths.setdefault(path, {})[verb] = _operation(action, path, existing, schemas)
    return {
        "openapi": "3.0.3",
        "info": {"title": "Function Compute", "version": "2023-03-30"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _found(expression: str, source: str) -> str:
    match = re.search(expression, source)
    assert match, source
    return match[1]


def _operation(action: str, path: str, existing: str, schemas: dict[str, Any]) -> dict[str, Any]:
    some_name = {"anyOf": [{"enum": [existing]}, {"type": "string"}]}
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": some_name}
        for name in re.findall(r"\{(\w+)\}", path)
    ]
    described: dict[str, Any] = {"operationId": action, "responses": {"default": _ANY_ANSWER}}
    request = getattr(models, f"{action}Request", None)
    for name, kind in _fields(request).items() if request else ():
        if name == "body":
            media = "application/octet-stream" if kind is bytes else "application/json"
            content = {media: {"schema": _schema(kind, schemas)}}
            described["requestBody"] = {"content": content}
        else:
            parameters.append({"name": name, "in": "query", "schema": _schema(kind, schemas)})
    return {**described, "parameters": parameters}


_ANY_ANSWER = {"description": "an answer, or an error with Code, Message and RequestId"}


def _fields(model: Any) -> dict[str, Any]:
    """A model's fields by their names on the wire, with their types."""
    hints = typing.get_type_hints(model.__init__, {**vars(models), **_FORWARDED})
    # both are in one order, which is the generator's
    names = re.findall(r"if m\.get\('([^']+)'\) is not None", inspect.getsource(model.from_map))
    kinds = [kind for own, kind in hints.items() if own != "return"]
    assert len(names) == len(kinds), model
    return dict(zip(names, kinds, strict=True))


def _schema(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    if kind in _PRIMITIVES:
        return _PRIMITIVES[kind]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is list:
        return {"type": "array", "items": _schema(arguments[0], schemas)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema(arguments[1], schemas)}
    if inspect.isclass(kind) and hasattr(kind, "to_map"):
        if kind.__name__ not in schemas:
            schemas[kind.__name__] = {}  # a model may hold itself
            properties = {name: _schema(of, schemas) for name, of in _fields(kind).items()}
            schemas[kind.__name__] = {"type": "object", "properties": properties}
        return {"$ref": f"#/components/schemas/{kind.__name__}"}
    return {}
