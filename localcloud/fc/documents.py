"""What Function Compute's API answers: its things as JSON objects, in FC's own field names."""

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from localcloud.fc.arns import function_arn, layer_version_arn
from localcloud.fc.limits import with_defaults
from localcloud.store.aliases import AliasRow
from localcloud.store.async_configs import AsyncConfigRow
from localcloud.store.function_versions import VersionRow
from localcloud.store.functions import LATEST, FunctionRow
from localcloud.store.layers import LayerRow
from localcloud.store.triggers import TriggerRow


def time_text(milliseconds: int) -> str:
    """A time as FC writes it, to the second, in UTC."""
    time = datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def function_document(
    row: FunctionRow, tags: Mapping[str, str], version: VersionRow | None = None
) -> dict[str, Any]:
    """A function, or one of its versions with that version's own description.

    Nothing is invented for a setting that its user left out and whose absence means absence.
    """
    document: dict[str, Any] = {
        **with_defaults(row.config),
        "functionName": row.name,
        "functionId": row.function_id,
        "functionArn": function_arn(row.name),
        "codeSize": row.code_size,
        "codeChecksum": row.code_checksum,
        "createdTime": time_text(row.created_at),
        "lastModifiedTime": time_text(row.modified_at),
        "state": "Active",
        "lastUpdateStatus": "Successful",
    }
    if "layers" in document:
        document["layers"] = [
            {"arn": layer["arn"], "size": layer["size"]} for layer in document["layers"]
        ]
    if tags:
        document["tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    if row.restriction_changed_at is not None:
        document["invocationRestriction"] = {
            "disable": row.disabled,
            "reason": row.disabled_reason,
            "lastModifiedTime": time_text(row.restriction_changed_at),
        }
    if version is not None:
        document["description"] = version.description
    return document


def version_document(row: VersionRow) -> dict[str, Any]:
    """A published version."""
    return {
        "versionId": str(row.version),
        "description": row.description,
        "createdTime": time_text(row.created_at),
        "lastModifiedTime": time_text(row.created_at),
    }


def alias_document(row: AliasRow) -> dict[str, Any]:
    """An alias; `additionalVersionWeight` only where part of the calls goes elsewhere."""
    document: dict[str, Any] = {
        "aliasName": row.name,
        "versionId": str(row.version),
        "description": row.description,
        "createdTime": time_text(row.created_at),
        "lastModifiedTime": time_text(row.modified_at),
    }
    if row.weights:
        document["additionalVersionWeight"] = dict(row.weights)
    return document


def concurrency_document(function: str, reserved: int) -> dict[str, Any]:
    """A concurrency configuration."""
    return {"functionArn": function_arn(function), "reservedConcurrency": reserved}


def async_config_document(row: AsyncConfigRow) -> dict[str, Any]:
    """An asynchronous configuration: exactly what was set; no default stands in for what was not.

    The ARN names the qualifier unless it is LATEST (ours), to tell a function's configurations
    apart in a list.
    """
    arn = function_arn(row.function)
    return {
        **row.config,
        "functionArn": arn if row.qualifier == LATEST else f"{arn}/{row.qualifier}",
        "createdTime": time_text(row.created_at),
        "lastModifiedTime": time_text(row.modified_at),
    }


def trigger_document(row: TriggerRow) -> dict[str, Any]:
    """A trigger; its config is the very text that was sent."""
    return {
        **row.settings,
        "triggerName": row.name,
        "triggerId": row.trigger_id,
        "triggerType": row.type,
        "triggerConfig": row.config,
        "qualifier": row.qualifier,
        "targetArn": function_arn(row.function),
        "status": "ENABLED",
        "createdTime": time_text(row.created_at),
        "lastModifiedTime": time_text(row.modified_at),
    }


def layer_document(row: LayerRow, location: str) -> dict[str, Any]:
    """One version of a layer; `location` is where its package can be had."""
    return {
        "layerName": row.layer,
        "version": row.version,
        "layerVersionArn": layer_version_arn(row.layer, row.version),
        "acl": "0",
        "description": row.description,
        "license": row.license,
        "compatibleRuntime": list(row.compatible_runtimes),
        "code": {"location": location, "repositoryType": "local"},
        "codeSize": row.code_size,
        "codeChecksum": row.code_checksum,
        "createTime": time_text(row.created_at),
    }
