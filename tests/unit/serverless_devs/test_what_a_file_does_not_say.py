"""What a file does not say is what fc3 and Function Compute take then, not what AsyncTask does."""

import pytest

from tests.unit.serverless_devs.conftest import MakeSample
from tests.unit.serverless_devs.sample import ACCOUNT

BARE = """\
edition: 3.0.0
name: bare
resources:
  bare:
    component: fc3
    props:
      functionName: bare
      runtime: python3.10
      handler: index.handler
      code: ./code
"""


def test_fc3_sends_512_mb_and_3_seconds_and_makes_no_task(sample: MakeSample) -> None:
    assert sample(BARE).arguments()["bare"] == {
        "function_name": "bare",
        "runtime": "python3.10",
        "handler": "index.handler",
        "code_path": "./code",
        "memory_size": 512,
        "cpu": 0.35,
        "disk_size": 512,
        "timeout": 3,
        "async_task": False,
        "max_async_event_age_in_seconds": 86400,
        "max_async_retry_attempts": 3,
        "on_success": "none",
        "on_failure": "none",
    }


def test_a_task_is_one_only_where_the_file_says_so(sample: MakeSample) -> None:
    said = BARE + "      asyncInvokeConfig: {maxAsyncRetryAttempts: 0}\n"
    arguments = sample(said).arguments()["bare"]
    assert arguments["async_task"] is False
    assert arguments["max_async_retry_attempts"] == 0
    assert arguments["max_async_event_age_in_seconds"] == 86400


def test_another_memory_has_the_cpu_that_function_compute_gives_to_it(sample: MakeSample) -> None:
    arguments = sample(BARE + "      memorySize: 1024\n").arguments()["bare"]
    assert not arguments.keys() & {"cpu", "disk_size"}


@pytest.mark.parametrize(
    ("role", "arn"),
    [
        ("acs:ram::1:role/AliyunFCDefaultRole", "acs:ram::1:role/aliyunfcdefaultrole"),
        ("AliyunFCDefaultRole", f"acs:ram::{ACCOUNT}:role/aliyunfcdefaultrole"),
    ],
)
def test_a_role_is_sent_in_small_letters_as_fc3_sends_it(
    sample: MakeSample, role: str, arn: str
) -> None:
    made = sample(BARE + f"      role: {role}\n").code("code")
    assert made.deployed().inputs("V3Function")["role"] == arn
