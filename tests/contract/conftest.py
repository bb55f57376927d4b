"""The official SDKs' clients for a genuine localcloud, and what most contract tests begin with."""

from collections.abc import Generator
from pathlib import Path

import pytest
from alibabacloud_fc20230330.client import Client as FunctionClient
from alibabacloud_mns_open20220119.client import Client as QueueAdminClient
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_sts20150401.client import Client as StsClient
from aliyun.log import LogClient
from mns.account import Account

from tests.contract.task_stack import TaskStack
from tests.fctask_program import Fctask, environment_of
from tests.running_cloud import (
    KEY,
    LogClientFactory,
    RunningCloud,
    forget_proxies,
    running_cloud,
)


@pytest.fixture(autouse=True, scope="session")
def _direct_connections() -> Generator[None, None, None]:  # pyright: ignore[reportUnusedFunction]
    """The SDKs of this process talk to 127.0.0.1 directly, whatever proxy the shell has."""
    with pytest.MonkeyPatch.context() as patch:
        forget_proxies(patch)
        yield


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Generator[RunningCloud, None, None]:
    """One localcloud for a test module, on an empty data folder."""
    with running_cloud(tmp_path_factory.mktemp("cloud")) as running:
        yield running


@pytest.fixture
def fresh_cloud(tmp_path: Path) -> Generator[RunningCloud, None, None]:
    """A localcloud for one test alone: to be killed, restarted, filled."""
    with running_cloud(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def fc(cloud: RunningCloud) -> FunctionClient:
    """The official Function Compute client."""
    return FunctionClient(cloud.config())


@pytest.fixture(scope="module")
def ram(cloud: RunningCloud) -> RamClient:
    """The official RAM client."""
    return RamClient(cloud.config())


@pytest.fixture(scope="module")
def sts(cloud: RunningCloud) -> StsClient:
    """The official STS client."""
    return StsClient(cloud.config())


@pytest.fixture(scope="module")
def mns_open(cloud: RunningCloud) -> QueueAdminClient:
    """The official client of SMQ's management API."""
    return QueueAdminClient(cloud.config())


@pytest.fixture(scope="module")
def smq(cloud: RunningCloud) -> Account:
    """The official client of SMQ's data plane."""
    return Account(cloud.url, KEY, KEY)


@pytest.fixture(scope="module")
def log_client(cloud: RunningCloud) -> LogClientFactory:
    """Makes an official Log Service client: `log_client(auth_version="v4", region=...)`."""
    return cloud.log_client


@pytest.fixture(scope="module")
def log(log_client: LogClientFactory) -> LogClient:
    """The official Log Service client."""
    return log_client()


@pytest.fixture(scope="module")
def stack(cloud: RunningCloud) -> TaskStack:
    """Functions, queues and roles for tasks on the module's localcloud."""
    return TaskStack(cloud)


@pytest.fixture(scope="module")
def fctask(cloud: RunningCloud) -> Fctask:
    """The installed `fctask`, in the environment of `localcloud exec`."""
    return Fctask(environment_of(cloud))
