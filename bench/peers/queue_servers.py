"""ElasticMQ and moto server: the queues that people use locally today."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from bench.peers.installed import elasticmq_classpath, peers_python
from bench.peers.process import Server, free_port, server
from bench.sqs_requests import sqs_request

_LIST_QUEUES = sqs_request("ListQueues", {})

WRITTEN_AT_ONCE = ";WRITE_DELAY=0"
"""H2's option with which a commit is written when it is acknowledged, not up to 500 ms later. It is
as durable as H2 can be had: it still calls no fsync at each commit, as SQLite does for us."""

# The README's own settings; persistence is on where messages-storage is enabled. Statistics and
# their port are off, as nobody asks for them.
_ELASTICMQ = """
node-address {{ host = "127.0.0.1", port = {port} }}
rest-sqs {{ bind-port = {port}, bind-hostname = "127.0.0.1" }}
rest-stats {{ enabled = false }}
queues-storage {{ enabled = {persistent}, path = "{folder}/queues.conf" }}
messages-storage {{ enabled = {persistent}, uri = "jdbc:h2:{folder}/messages{options}" }}
"""

# Its own logback.xml writes DEBUG lines to the console: a quiet log is the faster one.
_LOGBACK = """<configuration>
  <appender name="STDOUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d %-5level %logger - %msg%n</pattern></encoder>
  </appender>
  <root level="WARN"><appender-ref ref="STDOUT" /></root>
</configuration>
"""


@contextmanager
def elasticmq(folder: Path, *, persistent: bool, h2: str = "") -> Generator[Server]:
    """ElasticMQ, its data in `folder`; `h2` is added to its database's URL."""
    port = free_port()
    settings, logging = folder / "elasticmq.conf", folder / "logback.xml"
    flag = str(persistent).lower()
    settings.write_text(_ELASTICMQ.format(port=port, persistent=flag, folder=folder, options=h2))
    logging.write_text(_LOGBACK)
    options = [f"-Dconfig.file={settings}", f"-Dlogback.configurationFile={logging}"]
    command = ["java", *options, "-cp", elasticmq_classpath(), "org.elasticmq.server.Main"]
    with server(command, port, _LIST_QUEUES, folder / "elasticmq.log", {}) as running:
        yield running


@contextmanager
def moto(folder: Path) -> Generator[Server]:
    """moto's server, as its manual starts it."""
    port = free_port()
    command = [str(peers_python()), "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with server(command, port, _LIST_QUEUES, folder / "moto.log", {}) as running:
        yield running
