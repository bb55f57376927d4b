"""Names of Function Compute's things across Alibaba Cloud."""

from localcloud.account import ACCOUNT_ID, REGION


def function_arn(name: str) -> str:
    """The ARN of a function as a whole."""
    return f"acs:fc:{REGION}:{ACCOUNT_ID}:functions/{name}"


def layer_version_arn(layer: str, version: int) -> str:
    """The ARN of one version of a layer."""
    return f"acs:fc:{REGION}:{ACCOUNT_ID}:layers/{layer}/versions/{version}"
