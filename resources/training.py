"""The trainer contract: what a trainer is asked for, what it delivers, and how it is checked."""

import hashlib
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from monitoring.errors import TrainingError
from monitoring.spec.model import Label, Task
from resources.trainers.answers import Answers

#: The column of a training request that holds what turned out to be true.
LABEL = "label"


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """
    What a trainer is given: a model's name, a new version, and labelled rows.

    *rows* are those of the days from *start* (inclusive) to *end* (exclusive): the *features* and
    the column ``label``. *output* is an existing folder that belongs to this request alone.
    *classes* are those of several, in the order in which ``score`` gives their probabilities.
    """

    model: str
    version: str
    start: date
    end: date
    rows: pa.Table
    features: tuple[str, ...]
    positive_class: Label | None
    output: Path
    task: Task = Task.BINARY
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """
    What a trainer delivers.

    *trained_from* (inclusive) and *trained_to* (exclusive) span every day that the model has seen,
    so that nobody evaluates it on those.
    """

    artefact: Path
    features: tuple[str, ...]
    metrics: Mapping[str, float]
    trained_from: date
    trained_to: date


Trainer = Callable[[TrainingRequest], TrainedModel]

#: What a model answers to each row, from its artefact and the features; see Answers.
Scorer = Callable[[Path, pa.Table], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class TrainerModule:
    """The trainer that a monitor file names and the ``score`` beside it, held to the contract."""

    reference: str
    trainer: Trainer
    scorer: Scorer
    answers: Answers = field(default_factory=Answers)

    def train(self, request: TrainingRequest) -> TrainedModel:
        """
        Run the trainer.

        Raises:
            TrainingError: when it fails, or what it delivers cannot be used.
        """
        try:
            trained = self.trainer(request)
        except TrainingError:
            raise
        except Exception as error:
            raise TrainingError(_failure(self.reference, error)) from error

        return checked(trained, request, source=self.reference)

    def score(self, artefact: Path, rows: pa.Table) -> NDArray[np.float64]:
        """
        Return what the model answers to every row; no rows give an empty array.

        Raises:
            TrainingError: when scoring fails, or a score is missing or no probability.
        """
        source = f"{self.reference.partition(':')[0]}:score"
        try:
            found = np.asarray(self.scorer(artefact, rows), dtype=np.float64)
        except TrainingError:
            raise
        except Exception as error:
            raise TrainingError(_failure(source, error)) from error

        return self.answers.checked(found, rows=rows.num_rows, source=source)


def load_trainer(reference: str, answers: Answers | None = None) -> TrainerModule:
    """
    Import the trainer ``module:function`` and the function ``score`` of the same module.

    Its scores are held to *answers*; by default they are P(positive class).

    Raises:
        TrainingError: when the module or one of the functions is not there; names the remedy.
    """
    name, colon, function = reference.partition(":")
    if not (name and colon and function):
        msg = f"retraining.trainer: expected module:function, got {reference!r}."
        raise TrainingError(msg)
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        msg = (
            f"{reference}: no module named {error.name}; install it where the code location "
            "runs, or correct retraining.trainer."
        )
        raise TrainingError(msg) from error
    except Exception as error:
        msg = f"{reference}: {name} cannot be imported: {type(error).__name__}: {error}."
        raise TrainingError(msg) from error

    return TrainerModule(
        reference,
        _function(module, name, function, "train(request: TrainingRequest) -> TrainedModel"),
        _function(module, name, "score", "score(artefact: Path, rows: pa.Table) -> NDArray"),
        answers or Answers(),
    )


def told(request: TrainingRequest) -> dict[str, Any]:
    """Return *request* without its rows, as plain values: what a program elsewhere is told."""
    return {
        "action": "train",
        "model": request.model,
        "version": request.version,
        "start": request.start.isoformat(),
        "end": request.end.isoformat(),
        "features": list(request.features),
        "label": LABEL,
        "positive_class": request.positive_class,
        "task": request.task.value,
        "classes": list(request.classes),
    }


def checked(trained: TrainedModel, request: TrainingRequest, *, source: str) -> TrainedModel:
    """
    Return *trained* when it is what was asked for.

    Raises:
        TrainingError: when its artefact is missing, or it learnt from other days or features.
    """
    problem = _flaw(trained, request)
    if problem is not None:
        msg = f"{source}: {problem}."
        raise TrainingError(msg)

    return trained


def checksum(path: Path) -> str:
    """Return the SHA-256 of the file *path*, or of the names and contents below the folder."""
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    digest = hashlib.sha256()
    for file_path in sorted(entry for entry in path.rglob("*") if entry.is_file()):
        digest.update(f"{file_path.relative_to(path).as_posix()}\0{checksum(file_path)}\n".encode())

    return digest.hexdigest()


def is_intact(path: Path, digest: str | None) -> bool:
    """Whether *path* still is what had the checksum *digest*."""
    return path.exists() and checksum(path) == digest


def _function(module: object, name: str, function: str, signature: str) -> Any:  # noqa: ANN401 - a user's code has no type until it is called
    found = getattr(module, function, None)
    if not callable(found):
        msg = f"{name}: no function {function}; add {signature}."
        raise TrainingError(msg)

    return found


def _failure(reference: str, error: Exception) -> str:
    return f"{reference}: failed with {type(error).__name__}: {error}".rstrip(".") + "."


def _flaw(trained: TrainedModel, request: TrainingRequest) -> str | None:
    """Return what is wrong with *trained*, or None."""
    if not isinstance(trained, TrainedModel):
        return f"expected a TrainedModel, got {type(trained).__name__}"
    if not trained.artefact.exists():
        return f"the artefact {trained.artefact} does not exist"
    unknown = sorted(set(trained.features) - set(request.features))
    if unknown or not trained.features:
        return f"expected features of the request, got {', '.join(unknown) or 'none'}"
    if not request.start <= trained.trained_from < trained.trained_to <= request.end:
        return (
            f"expected a span of days within {request.start} to {request.end}, "
            f"got {trained.trained_from} to {trained.trained_to}"
        )

    return None
