"""Tests of a trainer that is a program of its own: a real process, told through Dagster Pipes."""

import os
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import numpy as np
import pyarrow as pa
import pytest

from monitoring.errors import TrainingError
from monitoring.spec.model import Task
from resources.trainers.answers import Answers
from resources.trainers.command import LOG, CommandTrainer
from resources.training import TrainedModel, TrainingRequest

#: Learns the mean of a column, and answers with it.
PROGRAM = """
import json
from pathlib import Path
import pyarrow as pa
import pyarrow.parquet as pq
from dagster_pipes import open_dagster_pipes

with open_dagster_pipes() as pipes:
    asked = pipes.extras
    rows = pq.read_table(asked["rows"])
    print("rows:", rows.num_rows)
    if asked["action"] == "train":
        mean = sum(rows["label"].to_pylist()) / rows.num_rows
        Path(asked["output"], "model.json").write_text(json.dumps(mean))
        pipes.report_custom_message({"artefact": "model.json", "metrics": {"mean": mean}})
    else:
        mean = json.loads(Path(asked["artefact"]).read_text())
        pq.write_table(pa.table({"score": [mean] * rows.num_rows}), asked["scores"])
"""

ROWS = pa.table({"amount": [1.0, 2.0, 3.0, 4.0], "label": [0, 1, 1, 1]})


Act = Callable[[CommandTrainer], object]


@pytest.fixture
def within_run(tmp_path: Path) -> Callable[[str, Act], object]:
    """
    Run a program, written to a file, within the run of an asset, which Pipes needs.
    """

    def run(program: str, act: Act, *, seconds: int = 60) -> object:
        path = tmp_path / "program.py"
        path.write_text(program, "utf-8")
        found: list[object] = []

        @dg.asset
        def trained(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
            command = (sys.executable, str(path))
            trainer = CommandTrainer(command, timedelta(seconds=seconds), Answers(), context)
            try:
                found.append(act(trainer))
            except TrainingError as error:
                found.append(error)
            return dg.MaterializeResult()

        dg.materialize([trained])

        return found[0]

    return run


class TestCommand:
    """Tests of what the program is told, and what is made of its answers."""

    def test_train_and_score(
        self, within_run: Callable[..., object], request_of: TrainingRequest
    ) -> None:
        """It trains on the rows it is given, and scores others with the artefact it wrote."""

        def act(trainer: CommandTrainer) -> tuple[TrainedModel, np.ndarray]:
            trained = trainer.train(request_of)

            return trained, trainer.score(trained.artefact, ROWS.slice(0, 2))

        found = within_run(PROGRAM, act)
        assert isinstance(found, tuple)
        trained, scores = found
        assert ({"mean": 0.75}, ("amount",)) == (dict(trained.metrics), trained.features)
        assert (date(2026, 1, 1), date(2026, 1, 5)) == (trained.trained_from, trained.trained_to)
        assert [0.75, 0.75] == scores.tolist()
        assert "rows: 4" in (request_of.output / LOG).read_text()

    @pytest.mark.parametrize(
        ("program", "message"),
        [
            ("import sys; print('no data'); sys.exit(3)", "failed with exit code 3: no data"),
            ("pass", "expected a custom message with artefact"),
            (PROGRAM.replace('"artefact": "model.json"', '"artefact": "no"'), "does not exist"),
            (
                PROGRAM.replace('"metrics"', '"trained_to": "2026-02-01", "metrics"'),
                "expected a span of days within 2026-01-01 to 2026-01-05",
            ),
        ],
        ids=["exit code", "says nothing", "no artefact", "other days"],
    )
    def test_failure(
        self,
        within_run: Callable[..., object],
        request_of: TrainingRequest,
        program: str,
        message: str,
    ) -> None:
        """What it does wrong is an error that names the program and what it said."""
        error = within_run(program, lambda trainer: trainer.train(request_of))

        assert isinstance(error, TrainingError)
        assert message in str(error)

    def test_no_scores(self, within_run: Callable[..., object], tmp_path: Path) -> None:
        """A program that ends well and writes no scores has not scored."""
        error = within_run("pass", lambda trainer: trainer.score(tmp_path / "model", ROWS))

        assert "wrote no scores.parquet" in str(error)

    def test_timeout(
        self, within_run: Callable[..., object], request_of: TrainingRequest, tmp_path: Path
    ) -> None:
        """A program that takes too long is ended, and so is what it started."""
        told = tmp_path / "pid"
        sleeper = (
            "import os, time, pathlib\n"
            f"pathlib.Path({str(told)!r}).write_text(str(os.getpid()))\n"
            "time.sleep(60)"
        )
        program = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {sleeper!r}])"
        error = within_run(program, lambda trainer: trainer.train(request_of), seconds=3)

        assert "was ended, it took longer than 3s" in str(error)
        for _ in range(100):
            if not alive(int(told.read_text())):
                break
            time.sleep(0.05)
        assert not alive(int(told.read_text()))

    def test_not_there(self, request_of: TrainingRequest) -> None:
        """A program that does not exist is named."""
        found: list[str] = []

        @dg.asset
        def trained(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
            trainer = CommandTrainer(("no-such-program",), timedelta(60), Answers(), context)
            with pytest.raises(TrainingError) as caught:
                trainer.train(request_of)
            found.append(str(caught.value))
            return dg.MaterializeResult()

        dg.materialize([trained])
        assert found[0].startswith("no-such-program: cannot be started")


def alive(process: int) -> bool:
    """Say whether a process runs; one that has ended but was not waited for does not."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")

    return not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] != "Z"


class TestAnswers:
    """Tests of what counts as an answer."""

    @pytest.mark.parametrize(
        ("answers", "given", "message"),
        [
            (Answers(), [0.1], "expected 2 scores, got shape"),
            (Answers(), [0.1, float("nan")], "expected probabilities between 0 and 1"),
            (Answers(Task.REGRESSION), [1.0, float("inf")], "expected finite predictions"),
            (Answers(Task.MULTICLASS, ("a", "b")), [0.1, 0.9], "expected 2 scores of 2 classes"),
            (
                Answers(Task.MULTICLASS, ("a", "b")),
                [[0.1, 0.9], [0.5, 0.2]],
                "expected probabilities of all classes to make 1",
            ),
        ],
    )
    def test_refused(self, answers: Answers, given: list[float], message: str) -> None:
        """What is missing, or no probability, is refused with what was expected."""
        with pytest.raises(TrainingError, match=message):
            answers.checked(given, rows=2, source="score")
