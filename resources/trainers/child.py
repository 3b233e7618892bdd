"""The process in which a trainer's function runs: asked in files, and answering in files."""

import json
import os
import sys
import threading
import time
import traceback
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from monitoring.errors import TrainingError
from monitoring.spec.model import Task
from resources.trainers.answers import Answers
from resources.training import TrainerModule, TrainingRequest, load_trainer

#: The files by which the two processes understand each other.
ASKED, ROWS, ANSWER, SCORES, FAILURE = (
    "asked.json",
    "rows.parquet",
    "answer.json",
    "scores.npy",
    "failure.txt",
)


def main(folder: Path) -> int:
    """Do what is asked in *folder*; return the exit code."""
    asked = json.loads((folder / ASKED).read_text("utf-8"))
    threading.Thread(target=_end_with, args=(asked["parent"],), daemon=True).start()
    try:
        answers = Answers(Task(asked["task"]), tuple(asked["classes"]))
        module = load_trainer(asked["reference"], answers)
        if asked["action"] == "train":
            _train(module, asked, folder)
        else:
            _score(module, asked, folder)
    except TrainingError as error:
        traceback.print_exc()
        (folder / FAILURE).write_text(str(error), "utf-8")
        return 1

    return 0


def _train(module: TrainerModule, asked: dict[str, Any], folder: Path) -> None:
    request = TrainingRequest(
        model=asked["model"],
        version=asked["version"],
        start=date.fromisoformat(asked["start"]),
        end=date.fromisoformat(asked["end"]),
        rows=pq.read_table(folder / ROWS),
        features=tuple(asked["features"]),
        positive_class=asked["positive_class"],
        output=Path(asked["output"]),
        task=Task(asked["task"]),
        classes=tuple(asked["classes"]),
    )
    trained = module.train(request)
    delivered = {
        "artefact": str(trained.artefact),
        "features": list(trained.features),
        "metrics": {name: float(value) for name, value in trained.metrics.items()},
        "trained_from": trained.trained_from.isoformat(),
        "trained_to": trained.trained_to.isoformat(),
    }
    (folder / ANSWER).write_text(json.dumps(delivered), "utf-8")


def _score(module: TrainerModule, asked: dict[str, Any], folder: Path) -> None:
    scores = module.score(Path(asked["artefact"]), pq.read_table(folder / ROWS))
    np.save(folder / SCORES, scores)


def _end_with(parent: int) -> None:
    """End this process when *parent* has died: what it trains would disturb the next attempt."""
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
