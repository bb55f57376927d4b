"""Whose requests are answered."""

import pytest

from localcloud.wire.hosts import is_loopback, is_ours, log_project

OURS = [
    "127.0.0.1",
    "localhost",
    "[::1]",
    "project.127.0.0.1",
    "project.localhost",
    "fc.localcloud.invalid",
    "project.http-sls.localcloud.invalid",
    "localcloud.invalid",
]
OTHERS = [
    "",
    "ram.aliyuncs.com",
    "127.0.0.1.example.com",
    "localhost.example.com",
    "localcloud.invalid.example.com",
    "xlocalcloud.invalid",
    "x127.0.0.1",
    "127.0.0.2",
    "10.0.0.1",
    "0.0.0.0",  # noqa: S104
    "user@localhost.example",
]


@pytest.mark.parametrize("host", OURS)
def test_own_names_are_ours(host: str) -> None:
    assert is_ours(host)


@pytest.mark.parametrize("host", OTHERS)
def test_other_names_are_not(host: str) -> None:
    assert not is_ours(host)


def test_only_the_machine_itself_is_loopback() -> None:
    assert [host for host in OURS + OTHERS if is_loopback(host)] == OURS[:3]


@pytest.mark.parametrize(
    ("host", "project"),
    [
        ("p.127.0.0.1", "p"),
        ("p.localhost", "p"),
        ("127.0.0.1", ""),
        ("localhost", ""),
        ("http-sls.localcloud.invalid", ""),
        ("p.http-sls.localcloud.invalid", "p"),
        ("a.b.http-sls.localcloud.invalid", "a.b"),
        ("localcloud.invalid", ""),
    ],
)
def test_the_project_stands_before_the_endpoint(host: str, project: str) -> None:
    assert log_project(host) == project
