"""What the demo takes over from the user's shell."""

import pytest

from demo.surroundings import undisturbed


@pytest.mark.parametrize(
    "name",
    [
        "PULUMI_BACKEND_URL",
        "PULUMI_CONFIG_PASSPHRASE",
        "PULUMI_CONFIG_PASSPHRASE_FILE",
        "PULUMI_ACCESS_TOKEN",
        "PULUMI_STACK",
        "PULUMI_OPTION_STACK",
        "PULUMI_HOMEPAGE",
        "ALICLOUD_ACCESS_KEY",
        "ALICLOUD_PROFILE",
        "ALIBABA_CLOUD_SECURITY_TOKEN",
        "ALIBABACLOUD_REGION",
        "FCTASK_FUNCTION",
        "HTTP_PROXY",
        "https_proxy",
        "all_proxy",
        "NO_PROXY",
        "grpc_proxy",
    ],
)
def test_what_would_lead_it_elsewhere_is_left_behind(name: str) -> None:
    assert undisturbed({name: "mine", "TERM": "xterm"}) == {"TERM": "xterm"}


@pytest.mark.parametrize(
    "name",
    ["PATH", "HOME", "PULUMI_HOME", "PULUMI_LOG_ROTATION_MAX_TOTAL_MB", "LOCALCLOUD_DATA"]
    + ["XDG_CACHE_HOME", "NO_COLOR", "SSL_CERT_FILE"],
)
def test_everything_else_stays(name: str) -> None:
    assert undisturbed({name: "mine"}) == {name: "mine"}
