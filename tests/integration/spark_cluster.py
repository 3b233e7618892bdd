"""A Spark cluster of one master and two workers, each a process of its own on loopback."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: How long a process of Java may take to be up on a busy machine.
PATIENCE_SECONDS = 60.0

#: A minute of work does not repay the better compiler of Java, which doubles what a start costs.
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData"

_DEFAULTS = """\
spark.driver.host 127.0.0.1
spark.executor.memory 512m
spark.ui.enabled false
spark.sql.shuffle.partitions 4
"""


@contextmanager
def running_cluster(folder: Path) -> Iterator[str]:
    """Yield the URL of a master with two workers; *folder* takes their logs."""
    url = f"spark://127.0.0.1:{_free_port()}"
    with ExitStack() as stack:
        stack.enter_context(_environment(folder))
        host = ["--host", "127.0.0.1", "--webui-port", "0"]
        log = folder / "master.log"
        master = ["master.Master", "--port", url.rpartition(":")[2], *host]
        stack.enter_context(_process(master, log))
        _wait_for(log, "I have been elected leader", 1)
        for number in (1, 2):
            place = ["--cores", "1", "--memory", "600m", "--work-dir", str(folder / "work")]
            worker = ["worker.Worker", url, *host, *place]
            stack.enter_context(_process(worker, folder / f"worker-{number}.log"))
        _wait_for(log, "Registering worker", 2)
        yield url


@contextmanager
def running_connect(folder: Path) -> Iterator[str]:
    """Yield the URL of a Spark Connect server; *folder* takes its log."""
    port = _free_port()
    options = ("grpc.binding.address=127.0.0.1", f"grpc.binding.port={port}")
    server = [
        "SparkSubmit",
        *("--class", "org.apache.spark.sql.connect.service.SparkConnectServer"),
        *("--master", "local[1]"),
        *(word for option in options for word in ("--conf", f"spark.connect.{option}")),
        "spark-internal",
    ]
    log = folder / "connect.log"
    with _environment(folder), _process(server, log):
        _wait_for(log, "Spark Connect server started", 1)
        yield f"sc://127.0.0.1:{port}"


@contextmanager
def _environment(folder: Path) -> Iterator[None]:
    (folder / "spark-defaults.conf").write_text(
        f"{_DEFAULTS}spark.sql.warehouse.dir {folder / 'tables'}\n"
    )
    settings = {
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_CONF_DIR": str(folder),
        # The executors run the driver's interpreter, and import what the driver imports.
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": str(ROOT),
        "JAVA_TOOL_OPTIONS": _JAVA,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        yield


@contextmanager
def _process(command: list[str], log: Path) -> Iterator[None]:
    import pyspark

    home = Path(pyspark.__file__).parent
    main, *arguments = command
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603 - Spark's own script
            [home / "bin" / "spark-class", f"org.apache.spark.deploy.{main}", *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | {"SPARK_HOME": str(home)},
        )
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                # A worker was seen to wait for ever for an executor that was gone.
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))

        return int(probe.getsockname()[1])


def _wait_for(log: Path, line: str, times: int) -> None:
    patience = time.monotonic() + PATIENCE_SECONDS
    while len(re.findall(line, log.read_text())) < times:
        if time.monotonic() > patience:
            pytest.fail(f"{log} has not said {line!r} {times} times:\n{log.read_text()}")
        time.sleep(0.1)
