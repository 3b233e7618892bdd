"""Tests of a trainer that is a function: real processes, which fail, hang and die."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from monitoring.errors import TrainingError
from monitoring.spec.model import Task
from resources.trainers.answers import Answers
from resources.trainers.function import FunctionTrainer
from resources.trainers.process import LOG
from resources.training import TrainingRequest

ROWS = pa.table({"amount": [1.0, 2.0, 3.0, 4.0], "label": [0, 1, 1, 1]})

MODULE = """
import os, signal, sys, time
import numpy as np
from resources.training import TrainedModel

def train(request):
    print("rows:", request.rows.num_rows, "in", os.getpid())
    artefact = request.output / "mean.txt"
    artefact.write_text(str(np.mean(request.rows["label"].to_numpy())))
    HERE
    days = (request.start, request.end)
    return TrainedModel(artefact, request.features, {"rows": np.int64(4)}, *days)

def score(artefact, rows):
    assert "label" not in rows.column_names
    return np.full(rows.num_rows, float(artefact.read_text()))
"""


@pytest.fixture
def trainer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FunctionTrainer:
    """
    A trainer that does nothing strange yet.
    """
    monkeypatch.syspath_prepend(tmp_path)

    return written(tmp_path, "pass")


def written(folder: Path, line: str, seconds: float = 60) -> FunctionTrainer:
    """Return a trainer that executes *line* when it has written its artefact."""
    (folder / "means.py").write_text(MODULE.replace("HERE", line), "utf-8")

    return FunctionTrainer("means:train", timedelta(seconds=seconds), Answers())


class TestFunction:
    """What goes over to the other process, and what comes back."""

    def test_train_and_score(self, trainer: FunctionTrainer, request_of: TrainingRequest) -> None:
        """It trains and scores in a process of its own; what it prints is kept."""
        trained = trainer.train(request_of)
        scores = trainer.score(trained.artefact, ROWS.select(["amount"]).slice(0, 2))

        assert ({"rows": 4.0}, ("amount",)) == (dict(trained.metrics), trained.features)
        assert (date(2026, 1, 1), date(2026, 1, 5)) == (trained.trained_from, trained.trained_to)
        assert [0.75, 0.75] == scores.tolist()
        log = (request_of.output / LOG).read_text()
        assert log.startswith("rows: 4 in ")
        assert not log.strip().endswith(f" {os.getpid()}")

    def test_classes(self, tmp_path: Path, request_of: TrainingRequest) -> None:
        """A column of probabilities for each class comes back as it was answered."""
        source = """
import numpy as np

def train(request): ...

def score(artefact, rows):
    return np.array([[0.25, 0.75]] * rows.num_rows)
"""
        (tmp_path / "classes.py").write_text(source, "utf-8")
        answers = Answers(Task.MULTICLASS, ("a", "b"))
        trainer = FunctionTrainer("classes:train", timedelta(minutes=1), answers)
        with pytest.MonkeyPatch.context() as patch:
            patch.syspath_prepend(tmp_path)

            assert [[0.25, 0.75]] * 4 == trainer.score(request_of.output, ROWS).tolist()

    @pytest.mark.parametrize(
        ("line", "seconds", "message"),
        [
            ("1 / 0", 60, r"means:train: failed with ZeroDivisionError: division by zero\."),
            ("request.output.joinpath('mean.txt').unlink()", 60, "does not exist"),
            ("time.sleep(600)", 3, "means:train: was ended, it took longer than 3s: rows: 4 in"),
            ("os.kill(os.getpid(), signal.SIGKILL)", 60, "means:train: was killed by SIGKILL"),
            ("print('full'); sys.stdout.flush(); os._exit(7)", 60, "failed with exit code 7: full"),
        ],
        ids=["raises", "no artefact", "hangs", "is killed", "exits"],
    )
    @pytest.mark.usefixtures("trainer")
    def test_failure(
        self, tmp_path: Path, request_of: TrainingRequest, line: str, seconds: int, message: str
    ) -> None:
        """However it ends, the error names the function and what happened; the log is kept."""
        line = line.replace("time.sleep", "sys.stdout.flush(); time.sleep")
        with pytest.raises(TrainingError, match=message):
            written(tmp_path, line, seconds).train(request_of)

        if "_exit" in line or "sleep" in line:
            assert "rows: 4" in (request_of.output / LOG).read_text()

    def test_no_module(self, request_of: TrainingRequest) -> None:
        """A function that is not there is told with the remedy."""
        trainer = FunctionTrainer("nowhere:train", timedelta(minutes=1), Answers())
        with pytest.raises(TrainingError, match="nowhere:train: no module named nowhere; install"):
            trainer.train(request_of)
