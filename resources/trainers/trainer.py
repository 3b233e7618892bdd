"""What trains a new version of a model and says what it answers, whoever does it."""

from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from resources.training import TrainedModel, TrainingRequest


class Trainer(Protocol):
    """Trains and scores; a failure of either is a TrainingError that says what to do."""

    def train(self, request: TrainingRequest) -> TrainedModel:
        """Train a version on the labelled rows of *request*, below its output folder."""
        ...

    def score(self, artefact: Path, rows: pa.Table) -> NDArray[np.float64]:
        """Return what the model *artefact* answers to every row, see ``Answers``."""
        ...
