"""What a command gets to see: led to localcloud, and otherwise the user's own environment."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from localcloud.cli.environment import environment_for, without_hiding_entries

DATA = Path("/data/of mine")


def made(environ: Mapping[str, str]) -> dict[str, str]:
    return environment_for(environ, port=8321, data=DATA)


def test_every_other_variable_is_left_alone() -> None:
    own = {
        "HOME": "/home/me",
        "LANG": "C",
        "HTTPS_PROXY": "http://corporate:3128",
        "ALL_PROXY": "socks5://x",
        "PULUMI_ACCESS_TOKEN": "pul-1",
        "PULUMI_DEBUG_GRPC": "x",
        "ALICLOUD_SKIP_REGION_VALIDATION": "true",
        "AWS_PROFILE": "p",
        "MY_RAM_ENDPOINT": "kept",
        "EMPTY": "",
    }
    environment = made(own)
    assert {name: environment[name] for name in own} == own


def test_credentials_are_localclouds_in_every_spelling() -> None:
    environment = made({"ALICLOUD_ACCESS_KEY": "LTAIreal", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "r"})
    assert "LTAIreal" not in environment.values()
    for name in (
        "ALICLOUD_ACCESS_KEY",
        "ALICLOUD_SECRET_KEY",
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    ):
        assert environment[name] == "localcloud"
    assert environment["ALICLOUD_REGION"] == environment["ALIBABA_CLOUD_REGION"] == "cn-hangzhou"
    assert environment["ALICLOUD_ACCOUNT_ID"] == "1234567890123456"
    assert environment["ALIBABA_CLOUD_ACCOUNT_ID"] == "1234567890123456"
    assert environment["ALIBABA_CLOUD_ACCOUNT_TYPE"] == "Domestic"


@pytest.mark.parametrize(
    "name",
    [
        "ALICLOUD_PROFILE",
        "ALIBABA_CLOUD_PROFILE",
        "ALICLOUD_SECURITY_TOKEN",
        "ALIBABA_CLOUD_SECURITY_TOKEN",
        "ALIBABACLOUD_SECURITY_TOKEN",
        "ALICLOUD_ECS_ROLE_NAME",
        "ALIBABA_CLOUD_ECS_METADATA",
        "ALICLOUD_ASSUME_ROLE_ARN",
        "ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION",
        "ALIBABA_CLOUD_ROLE_ARN",
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
        "ALICLOUD_SHARED_CREDENTIALS_FILE",
        "ALIBABA_CLOUD_CREDENTIALS_URI",
        "ALIBABA_CLOUD_ENDPOINT_FC",
        "RAM_ENDPOINT",
        "STS_ENDPOINT",
        "FC_ENDPOINT",
        "MNS_OPEN_ENDPOINT",
        "SLS_ENDPOINT",
        "TF_ENDPOINT_PATH",
        "http_proxy",
    ],
)
def test_what_would_lead_elsewhere_is_removed(name: str) -> None:
    assert name not in made({name: "x"})


def test_the_proxy_is_localcloud_in_upper_case_only() -> None:
    environment = made({"HTTP_PROXY": "http://corporate:3128", "http_proxy": "http://other:1"})
    assert environment["HTTP_PROXY"] == "http://127.0.0.1:8321"
    assert "http_proxy" not in environment


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "*",
        "*.invalid",
        ".invalid",
        "invalid",
        "localcloud.invalid",
        ".localcloud.invalid",
        "ram.localcloud.invalid",
        "RAM.localcloud.INVALID",
        "ram.localcloud.invalid:80",
        "cloud",
        "^sts",
        "[unclosed",
        "sts*",
        ".*",
    ],
)
def test_entries_that_hide_localcloud_leave_no_proxy(entry: str) -> None:
    assert without_hiding_entries(f"10.0.0.0/8,{entry},.corp.example") == (
        "10.0.0.0/8,.corp.example"
    )


@pytest.mark.parametrize(
    "entry",
    ["127.0.0.1", "localhost", "::1", "[::1]", ".corp.example", "192.168.0.0/16", "*.corp.example"],
)
def test_other_entries_of_no_proxy_are_kept(entry: str) -> None:
    assert made({"NO_PROXY": entry, "no_proxy": entry})["NO_PROXY"] == entry
    assert made({"NO_PROXY": entry, "no_proxy": entry})["no_proxy"] == entry


def test_a_no_proxy_that_hid_everything_is_removed() -> None:
    assert "NO_PROXY" not in made({"NO_PROXY": "*"})
    assert "NO_PROXY" not in made({"NO_PROXY": " , "})


def test_pulumis_state_is_in_the_data_folder_unless_the_user_says_otherwise() -> None:
    assert made({})["PULUMI_BACKEND_URL"] == "file:///data/of mine/pulumi"
    assert made({"PULUMI_BACKEND_URL": "s3://mine"})["PULUMI_BACKEND_URL"] == "s3://mine"


def test_the_passphrase_is_the_documented_one_unless_the_user_has_one() -> None:
    assert made({})["PULUMI_CONFIG_PASSPHRASE"] == "localcloud"
    assert made({"PULUMI_CONFIG_PASSPHRASE": "mine"})["PULUMI_CONFIG_PASSPHRASE"] == "mine"
    assert "PULUMI_CONFIG_PASSPHRASE" not in made({"PULUMI_CONFIG_PASSPHRASE_FILE": "/f"})


def test_the_toolchain_comes_first_on_path_and_once() -> None:
    environment = environment_for(
        {"PATH": "/usr/bin:/venv/bin:/bin"},
        port=1,
        data=DATA,
        first_on_path=[Path("/engine"), Path("/venv/bin")],
        pulumi_home=Path("/home/of/pulumi"),
    )
    assert environment["PATH"] == "/engine:/venv/bin:/usr/bin:/bin"
    assert environment["PULUMI_HOME"] == "/home/of/pulumi"
    assert "PULUMI_HOME" not in made({})


def test_the_engines_logs_are_kept_short_in_our_own_home_only() -> None:
    limit = "PULUMI_LOG_ROTATION_MAX_TOTAL_MB"
    home = Path("/home/of/pulumi")
    ours = environment_for({}, port=8321, data=DATA, pulumi_home=home)
    said = environment_for({limit: "900"}, port=8321, data=DATA, pulumi_home=home)
    assert (ours[limit], said[limit]) == ("20", "900")
    assert limit not in made({})
