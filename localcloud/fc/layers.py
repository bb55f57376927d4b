"""Layers: code packages that functions share, found under /opt by a function at FC."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.account import ACCOUNT_ID, REGION
from localcloud.fc import limits
from localcloud.fc.arns import layer_version_arn
from localcloud.fc.checks import check_fields, invalid, missing, one_of, text, without_nulls
from localcloud.fc.code import CodePackage
from localcloud.fidelity.function_compute import RUNTIMES
from localcloud.refusal import Refusal
from localcloud.store import layers as store
from localcloud.store.database import Transaction
from localcloud.store.layers import LayerRow

_LAYER_ARN = re.compile(
    rf"acs:fc:{REGION}:(?P<owner>[^:/]+):layers/(?P<layer>[^:/]+)/versions/(?P<version>[0-9]{{1,9}})"
)


def _runtimes(field: str, value: Any) -> None:
    if not isinstance(value, list):
        raise invalid(field, value, "a list of runtimes")
    for runtime in value:
        one_of(*(entry.thing for entry in RUNTIMES.entries))(field, runtime)


def settings_of_layer(layer: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """The body of CreateLayerVersion, within FC's limits; raises Refusal InvalidArgument (400)."""
    limits.layer_name("layerName", layer)
    settings = without_nulls(document)
    check_fields(
        settings,
        {
            "code": limits.FUNCTION_FIELDS["code"],
            "compatibleRuntime": _runtimes,
            "description": limits.description,
            "license": text(256),
            "layerName": limits.layer_name,
        },
    )
    if not settings.get("code"):
        raise missing("code")
    return settings


def create_layer_version(
    tx: Transaction, layer: str, settings: Mapping[str, Any], code: CodePackage, now: int
) -> LayerRow:
    """Add the next version of a layer, with checked settings and its unpacked code."""
    row = LayerRow(
        layer=layer,
        version=store.next_layer_version(tx, layer),
        code=code.name,
        code_size=code.size,
        code_checksum=code.checksum,
        description=settings.get("description", ""),
        license=settings.get("license", ""),
        compatible_runtimes=settings.get("compatibleRuntime", ()),
        created_at=now,
    )
    store.insert_layer(tx, row)
    return row


def get_layer_version(tx: Transaction, layer: str, version: str) -> LayerRow:
    """One version of a layer; raises Refusal LayerVersionNotFound (404)."""
    row = store.get_layer(tx, layer, int(version)) if re.fullmatch("[0-9]{1,9}", version) else None
    if row is None:
        raise Refusal(
            "LayerVersionNotFound", f"version '{version}' of layer '{layer}' does not exist", 404
        )
    return row


def get_by_arn(tx: Transaction, arn: str) -> LayerRow:
    """The layer version of an ARN; raises Refusal InvalidArgument (400), LayerVersionNotFound."""
    match = _LAYER_ARN.fullmatch(arn)
    if match is None:
        raise invalid(
            "layer", arn, f"the ARN of a layer version, such as {layer_version_arn('my-layer', 1)}"
        )
    if match["owner"] != ACCOUNT_ID:
        raise Refusal(
            "InvalidArgument",
            f"layer {arn!r} is not of this account ({ACCOUNT_ID}): localcloud does not have the "
            "content of official and public layers; put it into the code package or a layer of "
            "your own",
        )
    return get_layer_version(tx, match["layer"], match["version"])


def layers_of(tx: Transaction, arns: Sequence[str]) -> list[dict[str, Any]]:
    """What a function keeps of its layers: it has their content even when they are deleted.

    Raises Refusal InvalidArgument (400), LayerVersionNotFound (404).
    """
    rows = [get_by_arn(tx, arn) for arn in arns]
    return [
        {"arn": arn, "size": row.code_size, "code": row.code}
        for arn, row in zip(arns, rows, strict=True)
    ]


def delete_layer_version(tx: Transaction, layer: str, version: str) -> None:
    """Remove a version of a layer; functions that have it keep it. One not there is no error."""
    if re.fullmatch("[0-9]{1,9}", version):
        store.delete_layer(tx, layer, int(version))
