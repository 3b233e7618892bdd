"""What a model answers in each task, and whether what a trainer delivers is that."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from monitoring.errors import TrainingError
from monitoring.profile.outcomes.labels import class_codes
from monitoring.spec.model import MonitorSpec, Task

#: By how much the probabilities of a row may miss 1 in all.
_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Answers:
    """
    The answers of a task: P(positive class), a probability for each of *classes*, or a number.
    """

    task: Task = Task.BINARY
    classes: tuple[str, ...] = ()

    @classmethod
    def of(cls, spec: MonitorSpec) -> Self:
        """
        Return what the model of *spec* answers.

        Raises:
            TrainingError: when its predictions have no scores, so that no two can be compared.
        """
        scores = spec.predictions.score
        if spec.task is not Task.REGRESSION and scores is None:
            msg = f"{spec.model}: retraining compares scores; name predictions.score."
            raise TrainingError(msg)

        return cls(spec.task, tuple(scores) if isinstance(scores, dict) else ())

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the labelled rows that hold what the deployed model answered."""
        if self.task is Task.REGRESSION:
            return ("prediction",)

        return tuple(f"score:{name}" for name in self.classes) or ("score",)

    def of_rows(self, rows: pa.Table) -> NDArray[np.float64]:
        """Return what the deployed model answered, NaN where it did not."""
        return _stacked(rows, self.columns)

    def checked(self, answers: object, *, rows: int, source: str) -> NDArray[np.float64]:
        """
        Return *answers* as numbers, one for each of so many *rows*, or one for each class.

        Raises:
            TrainingError: when one is missing, or is no probability; names the *source*.
        """
        found = np.asarray(answers, dtype=np.float64)
        shape = (rows, len(self.classes)) if self.classes else (rows,)
        if found.shape != shape:
            expected = f"{rows} scores" + (f" of {len(self.classes)} classes" * bool(self.classes))
            msg = f"{source}: expected {expected}, got shape {found.shape}."
            raise TrainingError(msg)
        if self.task is Task.REGRESSION:
            if not np.isfinite(found).all():
                msg = f"{source}: expected finite predictions, got others."
                raise TrainingError(msg)
            return found
        # Written so that NaN, which compares false, is caught too.
        if not ((found >= 0) & (found <= 1)).all():
            msg = f"{source}: expected probabilities between 0 and 1, got others."
            raise TrainingError(msg)
        if self.classes and not (np.abs(found.sum(axis=1) - 1) < _TOLERANCE).all():
            msg = f"{source}: expected probabilities of all classes to make 1, got others."
            raise TrainingError(msg)

        return found

    def codes(self, labels: "pa.ChunkedArray[Any]") -> NDArray[np.int64]:
        """Return the position of each label among the classes; beyond them, it is none."""
        return class_codes(labels, self.classes)

    def read(self, path: Path) -> NDArray[np.float64]:
        """Return the answers that a command wrote: ``score``, or a column for each class."""
        return _stacked(pq.read_table(path), self.classes or ("score",))


def _stacked(rows: pa.Table, columns: Sequence[str]) -> NDArray[np.float64]:
    found = [np.asarray(rows[name].cast(pa.float64()).to_numpy()) for name in columns]

    return found[0] if len(found) == 1 else np.stack(found, axis=1)
