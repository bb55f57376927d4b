"""The server's process: starting, being refused, ending; and the commands around it."""

import json
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

import pytest
from mns.account import Account
from mns.mns_exception import MNSExceptionBase
from mns.queue import QueueMeta

from tests.running_cloud import RunningCloud, running_cloud

NOT_RUNNING = 3


def localcloud(
    *arguments: str,
    environment: dict[str, str] | None = None,
    before: Callable[[], None] | None = None,
    answer: str = "",
) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("LOCALCLOUD_")}
    return subprocess.run(
        [sys.executable, "-m", "localcloud", *arguments],
        input=answer,
        capture_output=True,
        text=True,
        timeout=30,
        env={**inherited, **(environment or {})},
        preexec_fn=before,
    )


def one_sentence(done: "subprocess.CompletedProcess[str]", *words: str) -> str:
    """That it ended with 1 and one line that has these words and no traceback."""
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("localcloud: ")
    for word in words:
        assert word in done.stderr
    return done.stderr


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = localcloud("serve", "--port", port, "--data", str(tmp_path / "d"))
    one_sentence(done, f"port {port}", "--port", f"`localcloud stop --port {port}`")


def test_a_data_folder_in_use_is_one_sentence(fresh_cloud: RunningCloud) -> None:
    done = localcloud("serve", "--port", "0", "--data", str(fresh_cloud.data))
    one_sentence(done, str(fresh_cloud.data), "in use", str(fresh_cloud.process.pid), "--data")
    assert fresh_cloud.own("health")["status"] == "ok"


def test_whoever_wants_a_folder_in_use_is_told_the_port(fresh_cloud: RunningCloud) -> None:
    port = fresh_cloud.port
    done = localcloud("serve", "--port", "0", "--data", str(fresh_cloud.data))
    one_sentence(done, f"serves {fresh_cloud.url}", "use that one", f"LOCALCLOUD_PORT={port}")
    assert f"`localcloud stop --port {port}`" in done.stderr
    done = localcloud("reset", "--yes", "--data", str(fresh_cloud.data))
    one_sentence(done, f"`localcloud stop --port {port}`")


def test_after_a_restart_it_is_the_new_port(fresh_cloud: RunningCloud) -> None:
    fresh_cloud.stop()
    with running_cloud(fresh_cloud.data.parent, "--data", str(fresh_cloud.data)) as second:
        done = localcloud("serve", "--port", "0", "--data", str(fresh_cloud.data))
        one_sentence(done, f"process {second.process.pid}", f"stop --port {second.port}`")


def test_after_kill_9_the_folder_is_free_at_once(fresh_cloud: RunningCloud) -> None:
    first = fresh_cloud.process.pid
    fresh_cloud.kill()
    fresh_cloud.restart()
    assert fresh_cloud.own("health")["pid"] != first


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    with running_cloud(tmp_path) as cloud:
        database = cloud.data / "localcloud.sqlite3"
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA user_version=9999")
    connection.close()
    before = database.read_bytes()
    done = localcloud("serve", "--port", "0", "--data", str(database.parent))
    one_sentence(done, "9999", "newer", "--data")
    assert database.read_bytes() == before


def test_a_database_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "localcloud.lock").touch()
    (tmp_path / "localcloud.sqlite3").write_bytes(b"not a database" * 1000)
    done = localcloud("serve", "--port", "0", "--data", str(tmp_path))
    one_sentence(done, "database", f"`localcloud reset --data {tmp_path}`")


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = localcloud("serve", "--port", "0", "--data", str(tmp_path / "file" / "data"))
    one_sentence(done, "cannot be used", "--data")


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    done = localcloud(
        "serve",
        "--port",
        "0",
        "--data",
        str(tmp_path / "data"),
        before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
    )
    one_sentence(done, "space")


def test_a_folder_with_other_things_is_not_made_a_data_folder(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    done = localcloud("serve", "--port", "0", "--data", str(tmp_path))
    one_sentence(done, "thesis.tex", "--data")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with running_cloud(tmp_path) as cloud:
        cloud.process.send_signal(number)
        assert cloud.process.wait(10) == 0
        assert "Traceback" not in cloud.stderr()


def test_an_idle_connection_does_not_keep_it_from_ending(tmp_path: Path) -> None:
    with running_cloud(tmp_path) as cloud, socket.create_connection(("127.0.0.1", cloud.port)):
        assert cloud.stop(timeout=10) == 0


def test_no_log_line_for_a_request_unless_verbose(tmp_path: Path) -> None:
    for options, lines in (((), 0), (("--verbose",), 1)):
        folder = tmp_path / str(len(options))
        folder.mkdir()
        with running_cloud(folder, *options) as cloud:
            cloud.send("GET", "/?Action=GetRole&Signature=never-shown&Version=2015-05-01")
        assert cloud.stderr().count("GetRole") == lines
        assert "never-shown" not in cloud.stderr()


def test_status_tells_what_runs(fresh_cloud: RunningCloud) -> None:
    done = localcloud("status", "--port", str(fresh_cloud.port), "--json")
    assert done.returncode == 0
    told = json.loads(done.stdout)
    assert told["running"] is True
    assert told["url"] == fresh_cloud.url
    assert told["data"] == str(fresh_cloud.data)
    assert set(told["counts"]) == {"queues", "functions", "tasks"}
    for_people = localcloud("status", environment={"LOCALCLOUD_PORT": str(fresh_cloud.port)})
    assert for_people.returncode == 0
    assert fresh_cloud.url in for_people.stdout
    assert str(fresh_cloud.data) in for_people.stdout


def test_stop_waits_until_it_is_gone(fresh_cloud: RunningCloud) -> None:
    reaper = threading.Thread(target=fresh_cloud.process.wait)
    reaper.start()
    done = localcloud("stop", "--port", str(fresh_cloud.port))
    assert done.returncode == 0, done.stderr
    reaper.join(1)
    assert fresh_cloud.process.poll() == 0
    assert localcloud("stop", "--port", str(fresh_cloud.port)).returncode == NOT_RUNNING


def free_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


def test_there_is_nothing_to_stop() -> None:
    port = free_port()
    done = localcloud("stop", "--port", port)
    assert done.returncode == NOT_RUNNING
    assert done.stderr.startswith(f"localcloud: localcloud is not running on port {port}, so")
    assert "`localcloud stop --port N`" in done.stderr
    assert "serve" not in done.stderr, "whoever stops it does not want to start it"


def test_its_version() -> None:
    done = localcloud("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{metadata.version('fc-async-tasks-workspace')}\n"


@pytest.mark.parametrize("command", [["status"], ["exec", "--", "true"]])
def test_not_running_says_how_to_start_it(command: Sequence[str]) -> None:
    port = free_port()
    done = localcloud(*command, environment={"LOCALCLOUD_PORT": port})
    assert done.returncode == NOT_RUNNING
    assert f"`localcloud serve --port {port}`" in done.stderr
    assert "Traceback" not in done.stderr


def test_another_server_on_the_port_is_told_apart() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()

        def answer() -> None:
            connection, _ = other.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

        thread = threading.Thread(target=answer)
        thread.start()
        done = localcloud("status", "--port", str(other.getsockname()[1]))
        thread.join(10)
    assert done.returncode == NOT_RUNNING
    assert "not a localcloud" in done.stderr


def test_reset_leaves_a_running_cloud_alone(fresh_cloud: RunningCloud) -> None:
    done = localcloud("reset", "--yes", "--data", str(fresh_cloud.data))
    one_sentence(done, "in use", "localcloud stop")
    assert (fresh_cloud.data / "localcloud.sqlite3").exists()


def test_reset_asks_and_then_empties_the_folder(tmp_path: Path) -> None:
    with running_cloud(tmp_path) as cloud:
        data = cloud.data
        (data / "pulumi").mkdir()
        (data / "pulumi" / "state.json").write_text("{}")
    refused = localcloud("reset", "--data", str(data), answer="n\n")
    assert refused.returncode == 1
    assert (data / "localcloud.sqlite3").exists()
    assert localcloud("reset", "--data", str(data), answer="y\n").returncode == 0
    assert [path.name for path in data.iterdir()] == ["localcloud.lock"]
    again = localcloud("reset", "--yes", "--data", str(data))
    assert (again.returncode, "nothing" in again.stdout) == (0, True)


def test_reset_touches_no_folder_that_is_not_localclouds(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    one_sentence(localcloud("reset", "--yes", "--data", str(tmp_path)), str(tmp_path))
    assert (tmp_path / "thesis.tex").exists()


def test_a_long_poll_does_not_keep_it_from_ending(tmp_path: Path) -> None:
    with running_cloud(tmp_path) as cloud:
        Account(cloud.url, cloud.key, cloud.secret).get_queue("q").create(QueueMeta())
        told: list[str] = []

        def poll() -> None:
            try:
                queue = Account(cloud.url, cloud.key, cloud.secret).get_queue("q")
                queue.receive_message(wait_seconds=30)
            except MNSExceptionBase as error:
                told.append(error.type)

        polling = threading.Thread(target=poll)
        polling.start()
        while not any(entry["operation"] == "ReceiveMessage" for entry in cloud.requests()):
            polling.join(0.01)
        assert cloud.stop(timeout=10) == 0
        polling.join(10)
        assert told in (["ServiceUnavailable"], ["MessageNotExist"])
