"""The genuine engine and provider, on a genuine localcloud."""

import os
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

import toolchain
from fctask.clients import Clients
from fctask.target import target_of_outputs
from tests.e2e.stack import Stack, copy_program
from tests.running_cloud import RunningCloud, forget_proxies, running_cloud


@pytest.fixture(scope="session", autouse=True)
def _toolchain() -> None:  # pyright: ignore[reportUnusedFunction]
    if toolchain.find() is None:
        pytest.fail("no Pulumi engine and provider: run `make setup` (or `make test`)")


@pytest.fixture(scope="session", autouse=True)
def _plain_environment() -> Generator[None, None, None]:  # pyright: ignore[reportUnusedFunction]
    """Nothing of the developer's own shell decides a test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("PULUMI_", "ALICLOUD_", "ALIBABA_CLOUD_", "FCTASK_")):
                patch.delenv(name)
        forget_proxies(patch)
        yield


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Generator[RunningCloud, None, None]:
    """One localcloud for a test module, on an empty data folder."""
    with running_cloud(tmp_path_factory.mktemp("cloud")) as running:
        yield running


@pytest.fixture(scope="module")
def stack(cloud: RunningCloud, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The dev stack of a fresh copy of the program; nothing is provisioned yet."""
    folder = copy_program(tmp_path_factory.mktemp("clone") / "fc-async-tasks")
    return Stack(folder, cloud.port)


@pytest.fixture
def clients_of(cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch) -> Callable[[Stack], Clients]:
    """The official SDKs' clients for what a stack's outputs name."""
    monkeypatch.setenv("FCTASK_FC_ENDPOINT", cloud.url)
    monkeypatch.setenv("FCTASK_SMQ_ENDPOINT", cloud.url)
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", cloud.key)
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", cloud.secret)
    return lambda stack: Clients(target_of_outputs(stack.outputs()))


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A copy of the program for one test alone."""
    return copy_program(tmp_path / "fc-async-tasks")
