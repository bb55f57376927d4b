"""Code that a function takes from OSS.

Follows "CreateFunctionInput" (API 2023-03-30) of Function Compute: code up to 500 MB.
"""

from typing import TypedDict

import pulumi

from .limit import Fields, Text
from .mounts import bucket_name


class CodeFromOss(TypedDict, total=False):
    """A zip archive in OSS that is a function's code. Bucket and object are needed."""

    bucket_name: pulumi.Input[str]
    """Bucket in the function's region: 3 to 63 lower-case letters, digits and hyphens."""
    object_name: pulumi.Input[str]
    """Object in the bucket: a zip archive of up to 500 MB. A new name is what tells Function
    Compute, and the preview, of new code."""
    checksum: pulumi.Input[str]
    """CRC-64 (ECMA-182) of the object in decimal digits, as OSS gives it. Set it where the object's
    name stays the same: another checksum is new code."""


CODE_FROM_OSS = Fields(
    "codeFromOss",
    {
        "bucket_name": bucket_name("codeFromOss.bucketName"),
        "object_name": Text("codeFromOss.objectName", r"[^/\\].{0,1022}", "the name of an object"),
        "checksum": Text("codeFromOss.checksum", r"\d{1,20}", "a CRC-64 in decimal digits"),
    },
    required=("bucket_name", "object_name"),
)
