"""The demo's trainer: gradient-boosted trees that say how likely a flight is to arrive late."""

import pickle
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from monitoring.errors import TrainingError
from monitoring_pipelines.demo.encoding import fit_encoding
from resources.training import LABEL, TrainedModel, TrainingRequest

SEED = 2013

# Small steps and small trees: on a fixed number of rounds the held-out days score best here, and
# stopping early on random rows would not help, because the rows of one day share its weather.
_ROUNDS = 100
_LEARNING_RATE = 0.06
_LEAVES = 15


def train(request: TrainingRequest) -> TrainedModel:
    """
    Train on the labelled rows of *request*; the same rows give the same model.

    Raises:
        TrainingError: when the labels are of one class only, or there are none.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    rows = request.rows.filter(pc.is_valid(request.rows[LABEL]))
    late = _is_positive(rows, request)
    encoding = fit_encoding(rows, request.features)
    matrix = encoding.matrix(rows)
    classifier = HistGradientBoostingClassifier(
        max_iter=_ROUNDS,
        learning_rate=_LEARNING_RATE,
        max_leaf_nodes=_LEAVES,
        categorical_features=encoding.categorical,
        early_stopping=False,
        random_state=SEED,
    )
    with _one_thread():
        classifier.fit(matrix, late)
        scores = classifier.predict_proba(matrix)[:, 1]

    artefact = request.output / f"{request.model}.pickle"
    artefact.write_bytes(pickle.dumps((encoding, classifier)))

    return TrainedModel(
        artefact=artefact,
        features=encoding.features,
        metrics=_training_metrics(late, scores),
        trained_from=request.start,
        trained_to=request.end,
    )


def score(artefact: Path, rows: pa.Table) -> NDArray[np.float64]:
    """
    Return P(late) of every row.

    Loading a pickle runs what is in it: score only artefacts that this trainer wrote.
    """
    encoding, classifier = pickle.loads(artefact.read_bytes())  # noqa: S301 - this trainer wrote it
    if rows.num_rows == 0:
        return np.empty(0, dtype=np.float64)

    with _one_thread():
        return np.asarray(classifier.predict_proba(encoding.matrix(rows))[:, 1], dtype=np.float64)


def _one_thread() -> AbstractContextManager[object]:
    """
    Return a context in which scikit-learn computes on one core.

    OpenMP's threads spin while they wait for each other: on cores that other processes use too,
    a fit of half a second was seen to take twelve.
    """
    # It comes with scikit-learn, which only the demo needs.
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # noqa: PLC0415

    limits: AbstractContextManager[object] = threadpool_limits(1, user_api="openmp")

    return limits


def _is_positive(rows: pa.Table, request: TrainingRequest) -> NDArray[np.bool_]:
    labels = rows[LABEL]
    positive: Any = request.positive_class
    matches = pc.equal(labels, pa.scalar(positive).cast(labels.type))
    late = np.asarray(matches.to_numpy(), dtype=np.bool_)
    if not 0 < late.sum() < late.size:
        msg = (
            f"{request.model}: expected labels of two classes from {request.start} to "
            f"{request.end}, got {late.sum()} positive of {late.size}; take a longer window."
        )
        raise TrainingError(msg)

    return late


def _training_metrics(late: NDArray[np.bool_], scores: NDArray[np.float64]) -> dict[str, float]:
    """Return how well the model fits what it has seen: flattering, and named so."""
    from sklearn.metrics import log_loss, roc_auc_score

    return {
        "training_rows": float(late.size),
        "training_positive_rate": float(late.mean()),
        "training_roc_auc": float(roc_auc_score(late, scores)),
        "training_log_loss": float(log_loss(late, scores)),
    }
