"""The web server and the daemon, started as a user starts them and driven over GraphQL."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qs
from urllib.request import Request, urlopen

import pyarrow as pa
import pytest

from tests.conftest import MONITOR, MakeWorld

PATIENCE_SECONDS = 240.0

STEPS = ("predictions", "quality", "drift", "actuals", "performance", "estimated_performance")

ASSETS = """
query { assetNodes { assetKey { path } groupName isPartitioned hasAssetChecks
  dependencyKeys { path } description } }
"""

SENSORS = """
query { sensorsOrError(repositorySelector: %s) { ... on Sensors { results {
  name sensorState { id selectorId status ticks(limit: 5) { status skipReason } } } } } }
"""

LAUNCH = """
mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }
"""

RUN = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"

MATERIALIZATION = """
query($path: [String!]!, $day: String!) { assetNodeOrError(assetKey: {path: $path}) {
  ... on AssetNode {
    assetMaterializations(partitions: [$day], limit: 1) { metadataEntries { label } }
    assetChecksOrError { ... on AssetChecks { checks { name
      executionForLatestMaterialization { status } } } } } } }
"""

STOP = "mutation($id: String!) { stopSensor(id: $id) { __typename } }"

SELECTOR = {
    "repositoryLocationName": "monitoring_pipelines.definitions",
    "repositoryName": "__repository__",
}


@dataclass
class Slack:
    """A server that answers as Slack's Web API does, and keeps what it is told."""

    server: ThreadingHTTPServer
    told: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_port}/api/"


@pytest.fixture
def slack() -> Iterator[Slack]:
    """
    A Slack of our own.
    """
    told: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            told.append(parse_qs(body).get("text", [body])[0])
            answer = json.dumps({"ok": True, "channel": "C1", "ts": "1.2"}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Slack(server, told)
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass(frozen=True)
class Location:
    """A running ``monitor dev``."""

    port: int

    def ask(self, query: str, **variables: object) -> Any:  # noqa: ANN401 - JSON
        """Return the data that GraphQL answers."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = Request(
            f"http://127.0.0.1:{self.port}/graphql",
            body,
            {"Content-Type": "application/json"},
        )
        with urlopen(request, timeout=60) as answer:  # noqa: S310 - our own server
            data = json.load(answer)
        assert "errors" not in data, data

        return data["data"]

    def launch(self, day: str, steps: tuple[str, ...]) -> str:
        """Compute *steps* of *day* as the UI's Materialize does; return how the run ended."""
        params = {
            "selector": SELECTOR
            | {
                "jobName": "monitor_churn",
                "assetSelection": [{"path": ["churn", step]} for step in steps],
            },
            "runConfigData": {},
            "mode": "default",
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": day}]},
        }
        launched = self.ask(LAUNCH, params=params)["launchRun"]
        assert "LaunchRunSuccess" == launched["__typename"], launched
        run = launched["run"]["runId"]

        return until(
            lambda: self.ask(RUN, id=run)["runOrError"]["status"],
            lambda status: status in {"SUCCESS", "FAILURE", "CANCELED"},
        )

    def sensors(self) -> dict[str, Any]:
        """Return the state of each sensor."""
        selector = json.dumps(SELECTOR).replace('"repository', "repository").replace('":', ":")
        found = self.ask(SENSORS % selector)["sensorsOrError"]["results"]

        return {sensor["name"]: sensor["sensorState"] for sensor in found}


def until(find: Callable[[], Any], good: Callable[[Any], bool]) -> Any:  # noqa: ANN401 - whatever is found
    """Return what *find* finds once it is *good*, or fail with the last of it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    found: Any = None
    while time.monotonic() < deadline:
        try:
            found = find()
        except (URLError, ConnectionError, TimeoutError) as error:
            found = error
        else:
            if good(found):
                return found
        time.sleep(1)
    pytest.fail(f"Still {found!r} after {PATIENCE_SECONDS} seconds.")


@pytest.fixture
def location(
    make_world: MakeWorld,
    make_rows: Callable[..., pa.Table],
    slack: Slack,
    tmp_path: Path,
) -> Iterator[Location]:
    """
    ``monitor dev`` on a model whose inputs have moved far away, with a Slack that listens.
    """
    # Without a last day the schedule would catch up with the calendar while the test runs.
    monitor = f'{MONITOR}end: 2026-01-02\nalerts: {{slack: {{channel: "#ml"}}}}\n'
    world = make_world(monitor, predictions=make_rows(date(2026, 1, 1), 2, seed=5, shift=4.0))
    folder = tmp_path / "monitors"
    folder.mkdir()
    (folder / "churn.yaml").write_text(monitor, "utf-8")
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "MONITOR_HOME": str(tmp_path / "home"),
        "MONITOR_MONITORS": str(folder),
        "MONITOR_WAREHOUSE_URL": f"duckdb:///{world.database}",
        "SLACK_BOT_TOKEN": "xoxb-not-a-secret",
        "SLACK_API_URL": slack.url,
    }
    log = (tmp_path / "dev.log").open("w", encoding="utf-8")
    process = subprocess.Popen(  # noqa: S603 - our own command
        [Path(sys.executable).with_name("monitor"), "dev", "--port", str(port)],
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    yield Location(port)
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    log.close()


class TestDev:
    """Tests of the whole product as a person at the UI has it."""

    def test_from_table_to_slack(self, location: Location, slack: Slack) -> None:
        """
        Two days that are launched in the UI are measured, checked, and told of in Slack.
        """
        nodes = until(lambda: location.ask(ASSETS)["assetNodes"], bool)
        graph = {"/".join(node["assetKey"]["path"]): node for node in nodes}
        above = {"/".join(key["path"]) for key in graph["churn/predictions"]["dependencyKeys"]}

        assert {f"churn/{step}" for step in ("reference", *STEPS)} < set(graph)
        assert "churn/reference" in above
        assert any("predictions" in name and name != "churn/predictions" for name in above)

        assert "SUCCESS" == location.launch("2026-01-01", ("reference", *STEPS))
        assert "SUCCESS" == location.launch("2026-01-02", STEPS)

        seen = location.ask(MATERIALIZATION, path=["churn", "drift"], day="2026-01-02")
        node = seen["assetNodeOrError"]
        labels = {entry["label"] for entry in node["assetMaterializations"][0]["metadataEntries"]}
        checks = {
            check["name"]: check["executionForLatestMaterialization"]["status"]
            for check in node["assetChecksOrError"]["checks"]
        }

        assert "psi_max_2d" in labels
        assert "FAILED" == checks["feature_drift"]

        until(lambda: list(slack.told), lambda told: any("drift" in text for text in told))

        states = until(
            location.sensors,
            lambda found: all(state["ticks"] for state in found.values()),
        )
        assert {"RUNNING"} == {state["status"] for state in states.values()}

        location.ask(STOP, id=states["notifications"]["id"])

        assert "STOPPED" == location.sensors()["notifications"]["status"]
