"""The GPU of a function.

Follows "CreateFunctionInput" (API 2023-03-30) of Function Compute, as far as the provider takes it.
"""

from typing import TypedDict

import pulumi

from .limit import Fields, OneOf, WholeNumber


class GpuConfig(TypedDict, total=False):
    """The GPU of a function. Both are needed."""

    gpu_type: pulumi.Input[str]
    """Kind of the card: fc.gpu.tesla.1, fc.gpu.ampere.1, fc.gpu.ada.1 or g1."""
    gpu_memory_size: pulumi.Input[int]
    """MB of the card's memory: a multiple of 1024 from 1024 to 98304; the card's documentation says
    how much it has."""


GPU_CONFIG = Fields(
    "gpuConfig",
    {
        "gpu_type": OneOf(
            "gpuConfig.gpuType",
            ("fc.gpu.tesla.1", "fc.gpu.ampere.1", "fc.gpu.ada.1", "g1"),
            ", which are all that the provider takes",
        ),
        "gpu_memory_size": WholeNumber("gpuConfig.gpuMemorySize", "MB", 1024, 98304, 1024),
    },
    required=("gpu_type", "gpu_memory_size"),
)
