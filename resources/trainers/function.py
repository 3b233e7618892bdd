"""A trainer that is a function: it runs in a process of its own, which can be ended."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from monitoring.errors import TrainingError
from resources.trainers.answers import Answers
from resources.trainers.child import ANSWER, ASKED, FAILURE, ROWS, SCORES
from resources.trainers.process import LOG, run_process
from resources.training import TrainedModel, TrainingRequest, checked, told


@dataclass(frozen=True, slots=True)
class FunctionTrainer:
    """
    Calls the function *reference* (``module:function``), and ``score`` beside it, elsewhere.

    Rows and scores go over as Parquet files. The other process finds the modules that this one
    finds, and ends when this one has died.
    """

    reference: str
    timeout: timedelta
    answers: Answers

    def train(self, request: TrainingRequest) -> TrainedModel:
        """
        Run the function on the rows of *request*.

        Raises:
            TrainingError: when it fails, dies, takes too long, or delivers nothing that can be
                used.
        """
        with TemporaryDirectory() as name:
            folder = Path(name)
            asked = told(request) | {"output": str(request.output)}
            self._run(folder, asked, request.rows, log=request.output / LOG)
            delivered = json.loads((folder / ANSWER).read_text("utf-8"))
        trained = TrainedModel(
            artefact=Path(delivered["artefact"]),
            features=tuple(delivered["features"]),
            metrics=delivered["metrics"],
            trained_from=date.fromisoformat(delivered["trained_from"]),
            trained_to=date.fromisoformat(delivered["trained_to"]),
        )

        return checked(trained, request, source=self.reference)

    def score(self, artefact: Path, rows: pa.Table) -> NDArray[np.float64]:
        """
        Let ``score`` answer *rows*.

        Raises:
            TrainingError: when it fails, dies, takes too long, or an answer is missing.
        """
        with TemporaryDirectory() as name:
            folder = Path(name)
            asked = {
                "action": "score",
                "artefact": str(artefact),
                "task": self.answers.task.value,
                "classes": list(self.answers.classes),
            }
            self._run(folder, asked, rows, log=folder / LOG)
            found = np.load(folder / SCORES)

        return self.answers.checked(found, rows=rows.num_rows, source=self.reference)

    def _run(self, folder: Path, asked: Mapping[str, Any], rows: pa.Table, *, log: Path) -> None:
        pq.write_table(rows, folder / ROWS)
        told_all = dict(asked) | {"reference": self.reference, "parent": os.getpid()}
        (folder / ASKED).write_text(json.dumps(told_all), "utf-8")
        modules = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
        try:
            run_process(
                [sys.executable, "-m", "resources.trainers.child", str(folder)],
                name=self.reference,
                log=log,
                environment=os.environ | {"PYTHONPATH": modules},
                timeout=self.timeout,
            )
        except TrainingError as error:
            failure = folder / FAILURE
            if not failure.exists():
                raise
            raise TrainingError(failure.read_text("utf-8")) from error
