"""Tests of an external pipeline as a trainer, against a real HTTP server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow as pa
import pytest

from monitoring.errors import TrainingError
from monitoring.spec.retraining import WebhookSpec
from resources.trainers.answers import Answers
from resources.trainers.webhook import WebhookTrainer
from resources.training import TrainingRequest

ROWS = pa.table({"amount": [1.0, 2.0]})
DONE = {"state": "succeeded", "result": {"artefact": "s3://models/7", "metrics": {"auc": 0.8}}}
Answer = tuple[int, object]


class Pipeline(ThreadingHTTPServer):
    """Gives the answers that it was told to give, in order, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[Answer] = []
        self.asked: list[tuple[str, str, dict[str, str], Any]] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}/train"


class Handler(BaseHTTPRequestHandler):
    """One request to the pipeline."""

    server: Pipeline

    def do_POST(self) -> None:
        """Answer what was posted."""
        length = int(self.headers["Content-Length"])
        self._answer(json.loads(self.rfile.read(length)))

    def do_GET(self) -> None:
        """Answer a poll."""
        self._answer(None)

    def _answer(self, body: object) -> None:
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        code, answer = self.server.answers.pop(0)
        if code == 0:
            # The connection is cut, and nothing was said.
            self.close_connection = True
            return
        text = answer if isinstance(answer, str) else json.dumps(answer)
        self.send_response(code)
        if code == 302:
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def pipeline() -> Iterator[Pipeline]:
    """
    A pipeline that listens.
    """
    server = Pipeline()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def trainer(pipeline: Pipeline) -> WebhookTrainer:
    """
    A trainer that asks the pipeline, every hundredth of a second for a minute.
    """
    asked = {"url": pipeline.url, "token": "PIPELINE_TOKEN", "poll": timedelta(seconds=0.01)}
    webhook = WebhookSpec.model_validate(asked)

    return WebhookTrainer(webhook, timedelta(minutes=1), Answers())


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrainingRequest:
    """
    A request to train, and the token in the environment.
    """
    monkeypatch.setenv("PIPELINE_TOKEN", "hidden")

    return TrainingRequest(
        model="churn",
        version="v1",
        start=date(2026, 1, 1),
        end=date(2026, 1, 5),
        rows=ROWS,
        features=("amount",),
        positive_class=1,
        output=tmp_path,
    )


class TestTrain:
    """Tests of a training elsewhere."""

    def test_polled(
        self, trainer: WebhookTrainer, pipeline: Pipeline, asked: TrainingRequest
    ) -> None:
        """It is asked once and looked for until it is done; a stumble in between is no failure."""
        pipeline.answers = [
            (202, {"state": "running", "poll": "/jobs/7"}),
            (200, {"state": "running", "poll": "/jobs/7"}),
            (503, "down"),
            (200, DONE),
        ]
        trained = trainer.train(asked)

        assert {"auc": 0.8} == trained.metrics
        assert "s3://models/7" == json.loads(trained.artefact.read_text())["artefact"]
        assert ["POST", "GET", "GET", "GET"] == [method for method, *_ in pipeline.asked]
        _, _, headers, body = pipeline.asked[0]
        assert "churn:v1:train" == headers["Idempotency-Key"]
        assert "Bearer hidden" == headers["Authorization"]
        assert ("train", "2026-01-01", "2026-01-05") == (body["action"], body["start"], body["end"])
        assert "/jobs/7" == pipeline.asked[-1][1]

    @pytest.mark.parametrize(
        ("answers", "message"),
        [
            ([(200, {"state": "failed", "reason": "out of memory"})], "failed: out of memory"),
            ([(401, "who?")], "answered 401"),
            ([(500, "oops")], "answered 500"),
            ([(302, "")], "answered 302"),
            ([(200, "no json")], "expected JSON"),
            ([(200, [])], "expected a JSON object, got list"),
            ([(200, {"state": "succeeded", "result": {}})], "expected a result with artefact"),
            (
                [(200, {"state": "running", "poll": "http://other.example/7"})],
                "expected to poll the same server, got http://other.example/7",
            ),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_failure(
        self,
        trainer: WebhookTrainer,
        pipeline: Pipeline,
        asked: TrainingRequest,
        answers: list[Answer],
        message: str,
    ) -> None:
        """Whatever goes wrong names the pipeline and what it said, and never the token."""
        pipeline.answers = answers
        with pytest.raises(TrainingError, match=message) as caught:
            trainer.train(asked)

        assert str(caught.value).startswith(pipeline.url)
        assert "hidden" not in str(caught.value)

    def test_too_long(
        self, trainer: WebhookTrainer, pipeline: Pipeline, asked: TrainingRequest
    ) -> None:
        """What still runs when its time is over has failed."""
        pipeline.answers = [(200, {"state": "running"})] * 100
        hasty = replace(trainer, timeout=timedelta(seconds=0.1))
        with pytest.raises(TrainingError, match="took longer than"):
            hasty.train(asked)

    def test_away(
        self, trainer: WebhookTrainer, pipeline: Pipeline, asked: TrainingRequest
    ) -> None:
        """What was posted while the pipeline is away is posted again, under the same key."""
        pipeline.answers = [(503, "restarting"), (0, ""), (200, DONE)]
        trainer.train(asked)

        keys = {headers["Idempotency-Key"] for _, _, headers, _ in pipeline.asked}
        assert {"churn:v1:train"} == keys
        assert ["POST"] * 3 == [method for method, *_ in pipeline.asked]

    def test_no_token(
        self,
        trainer: WebhookTrainer,
        asked: TrainingRequest,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Without its token nothing is asked."""
        monkeypatch.delenv("PIPELINE_TOKEN")
        with pytest.raises(TrainingError, match="variable PIPELINE_TOKEN is not set"):
            trainer.train(asked)

    def test_nobody_listens(self, asked: TrainingRequest) -> None:
        """A pipeline that cannot be reached is a failure."""
        trainer = WebhookTrainer(
            WebhookSpec(url="http://127.0.0.1:9/"), timedelta(seconds=1), Answers()
        )
        with pytest.raises(TrainingError, match="cannot be reached"):
            trainer.train(asked)


class TestScore:
    """Tests of scores from elsewhere."""

    @pytest.mark.usefixtures("asked")
    def test_rows_are_sent(
        self, trainer: WebhookTrainer, pipeline: Pipeline, tmp_path: Path
    ) -> None:
        """Rows go there by column, with the artefact that the training named."""
        artefact = tmp_path / "artefact.json"
        artefact.write_text(json.dumps({"key": "churn:v1:train", "artefact": "s3://models/7"}))
        pipeline.answers = [(200, {"state": "succeeded", "result": {"scores": [0.25, 0.5]}})]

        assert [0.25, 0.5] == trainer.score(artefact, ROWS).tolist()
        body = pipeline.asked[0][3]
        assert {"amount": [1.0, 2.0]} == body["rows"]
        assert ("score", "s3://models/7") == (body["action"], body["artefact"])

    @pytest.mark.usefixtures("asked")
    def test_key(self, trainer: WebhookTrainer, pipeline: Pipeline, tmp_path: Path) -> None:
        """
        The same rows have the same key, others another one, and NaN is sent as null.

        Regression: the key had the number of rows only, so that a pipeline which honours it
        answered a later evaluation with the scores of an earlier one.
        """
        artefact = tmp_path / "artefact.json"
        artefact.write_text(json.dumps({"key": "churn:v1:train", "artefact": "s3://models/7"}))
        pipeline.answers = [(200, {"state": "succeeded", "result": {"scores": [0.25, 0.5]}})] * 3
        for rows in (ROWS, ROWS, pa.table({"amount": [float("nan"), float("-inf")]})):
            trainer.score(artefact, rows)

        keys = [headers["Idempotency-Key"] for _, _, headers, _ in pipeline.asked]
        assert keys[0] == keys[1]
        assert keys[1] != keys[2]
        assert all(key.startswith("churn:v1:train:score:") for key in keys)
        assert {"amount": [None, None]} == pipeline.asked[2][3]["rows"]
