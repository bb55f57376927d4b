"""Which version a call runs, and what it finds there."""

import itertools

import pytest

from localcloud.fc import aliases, async_config, async_invoke_configs, functions, versions
from localcloud.fc.async_config import AsyncConfig
from localcloud.refusal import Refusal

from .conftest import NOW, Store


def test_latest_is_the_function_as_it_is_now(store: Store) -> None:
    store.create("job", timeout=60, memorySize=128, environmentVariables={"B": "2", "A": "1"})
    found = store.read(lambda tx: functions.resolve(tx, "job"))
    assert (found.qualifier, found.version) == ("LATEST", "LATEST")
    assert found.arn == "acs:fc:cn-hangzhou:1234567890123456:functions/job"
    spec = found.instance
    assert (spec.timeout, spec.memory_size, spec.handler) == (60, 128, "index.handler")
    assert spec.environment == (("A", "1"), ("B", "2"))
    assert spec.code == store.folder / "code" / "c0de"
    assert found.async_config == AsyncConfig()
    assert (found.async_config.age_limit_seconds, found.async_config.retry_limit) == (86_400, 3)


def test_the_disk_of_an_instance_is_as_large_as_its_function_says(store: Store) -> None:
    store.create("small")
    store.create("large", diskSize=10_240)
    sizes = [
        store.read(lambda tx, name=name: functions.resolve(tx, name)).instance.disk_size
        for name in ("small", "large")
    ]
    assert sizes == [512, 10_240]


def test_each_update_gives_a_greater_revision_even_after_a_function_of_that_name_was_deleted(
    store: Store,
) -> None:
    def revision() -> int:
        return store.read(lambda tx: functions.resolve(tx, "job")).instance.revision

    store.create()
    seen = [revision()]
    store.update(timeout=9)
    seen.append(revision())
    store.write(lambda tx: functions.delete_function(tx, "job", lambda _tx, _name, _now: None, NOW))
    store.create()
    seen.append(revision())
    assert seen == sorted(set(seen))


def test_a_version_stays_what_it_was(store: Store) -> None:
    store.create("job", timeout=10)
    store.write(lambda tx: versions.publish_version(tx, "job", "first", NOW))
    store.update("job", timeout=20)
    assert store.read(lambda tx: functions.resolve(tx, "job", "1")).instance.timeout == 10
    assert store.read(lambda tx: functions.resolve(tx, "job")).instance.timeout == 20


def test_a_weighted_alias_sends_its_part_elsewhere(store: Store) -> None:
    store.create()
    for _ in range(2):
        store.write(lambda tx: versions.publish_version(tx, "job", "", NOW))
    alias = {"aliasName": "prod", "versionId": "1", "additionalVersionWeight": {"2": 0.25}}
    store.write(lambda tx: aliases.create_alias(tx, "job", alias, NOW))
    points = itertools.count()
    chosen = [
        store.read(
            lambda tx: functions.resolve(tx, "job", "prod", lambda: next(points) / 100)
        ).version
        for _ in range(100)
    ]
    assert chosen == ["2"] * 25 + ["1"] * 75


def test_an_alias_has_its_own_asynchronous_configuration_or_none(store: Store) -> None:
    store.create()
    store.write(lambda tx: versions.publish_version(tx, "job", "", NOW))
    alias = {"aliasName": "prod", "versionId": "1"}
    store.write(lambda tx: aliases.create_alias(tx, "job", alias, NOW))
    put = async_invoke_configs.put
    store.write(lambda tx: put(tx, "job", "", {"maxAsyncRetryAttempts": 0}, "", NOW))
    store.write(lambda tx: put(tx, "job", "prod", {"asyncTask": True}, "", NOW))

    def in_force(qualifier: str) -> AsyncConfig:
        return store.read(lambda tx: functions.resolve(tx, "job", qualifier)).async_config

    assert in_force("LATEST").retry_limit == 0
    assert in_force("prod") == AsyncConfig(async_task=True)
    assert in_force("1") == async_config.NOT_CONFIGURED


@pytest.mark.parametrize(
    ("name", "qualifier", "code"),
    [
        ("none", "", "FunctionNotFound"),
        ("job", "7", "VersionNotFound"),
        ("job", "9" * 30, "VersionNotFound"),
        ("job", "prod", "AliasNotFound"),
    ],
)
def test_what_is_not_there_is_404(store: Store, name: str, qualifier: str, code: str) -> None:
    store.create()
    with pytest.raises(Refusal) as refused:
        store.read(lambda tx: functions.resolve(tx, name, qualifier))
    assert (refused.value.code, refused.value.status) == (code, 404)


def test_a_runtime_that_cannot_run_here_is_kept_and_not_called(store: Store) -> None:
    store.create("job", runtime="java11", handler="example.App::handle")
    with pytest.raises(Refusal, match="java11") as refused:
        store.read(lambda tx: functions.resolve(tx, "job"))
    assert (refused.value.code, refused.value.status) == ("NotImplemented", 400)


def test_a_custom_runtime_starts_its_command_or_bootstrap(store: Store) -> None:
    config = {"command": ["python3"], "args": ["app.py"], "port": 8080}
    store.create("told", runtime="custom", customRuntimeConfig=config)
    store.create("silent", runtime="custom")
    told = store.read(lambda tx: functions.resolve(tx, "told")).instance
    assert (told.custom_command, told.custom_port) == (("python3", "app.py"), 8080)
    silent = store.read(lambda tx: functions.resolve(tx, "silent")).instance
    bootstrap = str(store.folder / "code" / "c0de" / "bootstrap")
    assert (silent.custom_command, silent.custom_port) == ((bootstrap,), 9000)


def test_deleting_a_function_first_ends_its_tasks(store: Store) -> None:
    store.create()
    ended: list[tuple[str, int]] = []

    def delete(now: int) -> None:
        def end_tasks(tx: object, name: str, at: int) -> None:
            assert functions.resolve(tx, name)  # still there  # pyright: ignore[reportArgumentType]
            ended.append((name, at))

        store.write(lambda tx: functions.delete_function(tx, "job", end_tasks, now))

    delete(NOW)
    assert ended == [("job", NOW)]
    with pytest.raises(Refusal, match="FunctionNotFound"):
        delete(NOW)
