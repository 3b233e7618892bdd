"""A model of a regression's losses: scikit-learn's gradient boosting on the reference."""

import hashlib
import importlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from monitoring.errors import ColumnTypeError, EncodingError, TrainingError
from monitoring.profile.outcomes.columns import LABEL, PREDICTION, Batch, has_column, numbers
from monitoring.profile.outcomes.labels import class_codes, class_keys
from monitoring.spec.model import FeatureSpec, FeatureType

if TYPE_CHECKING:
    from types import ModuleType

    from sklearn.ensemble import HistGradientBoostingRegressor

#: More categories of a feature than this are not told apart.
CATEGORIES = 254

_NEEDED = (
    "Estimating a regression's performance before its labels are known needs scikit-learn and "
    "skops: pip install 'monitoring-pipelines[estimation]'."
)

_FOLDS = 3
_FEWEST_ROWS = 50

# What a fitted model is made of besides plain data. A stored model that holds anything else is
# refused: unlike a pickle, it cannot run code of a stranger.
_PARTS = [
    "functools.partial",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.utils.validation.check_array",
]


@dataclass(frozen=True, slots=True, eq=False)
class BoostedLossModel:
    """Expects absolute and squared errors from the features and the prediction itself."""

    features: tuple[FeatureSpec, ...]
    categories: dict[str, tuple[str, ...]]
    regressors: tuple["HistGradientBoostingRegressor", ...]
    rows: int
    noise: NDArray[np.float64]
    fingerprint: str

    def losses(self, batch: Batch) -> NDArray[np.float64]:
        """Return the expected absolute error and squared error (columns) of each row."""
        matrix = _matrix(batch, self.features, self.categories)
        with _one_thread():
            return np.stack([each.predict(matrix) for each in self.regressors], axis=1)

    def encode(self) -> bytes:
        """Return the model as bytes for the results store."""
        return bytes(
            _persistence().dumps(
                {
                    "features": [[each.name, each.type.value] for each in self.features],
                    "categories": {name: list(keys) for name, keys in self.categories.items()},
                    "regressors": list(self.regressors),
                    "rows": self.rows,
                    "noise": self.noise,
                    "fingerprint": self.fingerprint,
                }
            )
        )

    @classmethod
    def decode(cls, blob: bytes) -> Self:
        """
        Return the model that `encode` wrote.

        Raises:
            EncodingError: when the bytes are damaged, hold code, or are another release's.
        """
        persistence = _persistence()
        try:
            stored: dict[str, Any] = persistence.loads(blob, trusted=_PARTS)
        except Exception as error:
            msg = f"The stored loss model cannot be read: {error}. Materialize the reference again."
            raise EncodingError(msg) from error

        return cls(
            features=tuple(
                FeatureSpec(name=name, type=FeatureType(kind)) for name, kind in stored["features"]
            ),
            categories={name: tuple(keys) for name, keys in stored["categories"].items()},
            regressors=tuple(stored["regressors"]),
            rows=stored["rows"],
            noise=stored["noise"],
            fingerprint=stored["fingerprint"],
        )


def fit_loss_model(reference: pa.Table, features: Sequence[FeatureSpec]) -> BoostedLossModel:
    """
    Fit the losses of the *reference* on its *features*.

    The columns *prediction* and *label* have their canonical names. How well a loss is expected is
    measured on folds that were held out, in the order of the rows: neighbours share a day. A
    feature of which nothing is known teaches nothing, and stops no other.

    Raises:
        TrainingError: when scikit-learn is not installed or cannot fit the errors, when too few
            rows are labelled, or when an error is too large to compute with.
    """
    predictions, labels = numbers(reference, PREDICTION), numbers(reference, LABEL)
    known = np.isfinite(predictions) & np.isfinite(labels)
    if known.sum() < _FEWEST_ROWS:
        msg = (
            f"The reference has {known.sum()} labelled rows: expected {_FEWEST_ROWS} or more to "
            "estimate the performance of a regression before labels are known."
        )
        raise TrainingError(msg)

    labelled = reference.filter(pa.array(known))
    categories = _categories(labelled, features)
    matrix = _matrix(labelled, features, categories)
    targets = _targets(np.abs(predictions - labels)[known])
    nominal = [feature.type is FeatureType.CATEGORICAL for feature in features] + [False]

    return BoostedLossModel(
        features=tuple(features),
        categories=categories,
        regressors=tuple(_fitted(matrix, target, nominal) for target in targets.T),
        rows=len(matrix),
        noise=np.array([_noise(matrix, target, nominal) for target in targets.T]),
        fingerprint=_fingerprint(matrix, targets, features),
    )


def _targets(errors: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):
        targets = np.stack([errors, errors**2], axis=1)
        finite = np.isfinite((targets**2).sum())
    if not finite:
        msg = (
            f"The largest error of the reference is {errors.max():g}, too large to compute with: "
            "correct or remove that row to estimate performance before labels are known."
        )
        raise TrainingError(msg)

    return targets


def _categories(reference: pa.Table, features: Sequence[FeatureSpec]) -> dict[str, tuple[str, ...]]:
    return {
        feature.name: _known(reference, feature.name)
        for feature in features
        if feature.type is FeatureType.CATEGORICAL
    }


def _known(reference: pa.Table, name: str) -> tuple[str, ...]:
    try:
        return tuple(class_keys(reference.column(name))[:CATEGORIES])
    except ColumnTypeError:
        return ()


def _matrix(
    batch: Batch, features: Sequence[FeatureSpec], categories: dict[str, tuple[str, ...]]
) -> NDArray[np.float64]:
    answers = FeatureSpec(name=PREDICTION, type=FeatureType.NUMERIC)
    return np.stack([_column(batch, each, categories) for each in (*features, answers)], axis=1)


def _column(
    batch: Batch, feature: FeatureSpec, categories: dict[str, tuple[str, ...]]
) -> NDArray[np.float64]:
    # Unseen categories and unreadable columns are missing values, which the trees can deal with.
    try:
        if feature.type is FeatureType.CATEGORICAL:
            return _codes(batch, feature.name, categories[feature.name])
        return numbers(batch, feature.name)
    except ColumnTypeError:
        return np.full(batch.num_rows, np.nan)


def _codes(batch: Batch, name: str, known: Sequence[str]) -> NDArray[np.float64]:
    if not has_column(batch, name):
        return np.full(batch.num_rows, np.nan)
    codes = class_codes(batch.column(name), known).astype(np.float64)

    return np.where(codes < len(known), codes, np.nan)


def _fitted(
    matrix: NDArray[np.float64], target: NDArray[np.float64], nominal: list[bool]
) -> "HistGradientBoostingRegressor":
    try:
        from sklearn.ensemble import HistGradientBoostingRegressor
    except ImportError as error:
        raise TrainingError(_NEEDED) from error

    regressor = HistGradientBoostingRegressor(categorical_features=nominal, random_state=0)
    # scikit-learn refuses a column without any value; on a constant no tree ever splits.
    known = np.where(np.isnan(matrix).all(axis=0), 0.0, matrix)
    try:
        with _one_thread():
            return regressor.fit(known, target)
    except ValueError as error:
        msg = f"scikit-learn cannot fit the errors of the reference: {error}"
        raise TrainingError(msg) from error


def _noise(matrix: NDArray[np.float64], target: NDArray[np.float64], nominal: list[bool]) -> float:
    squares = 0.0
    for held_out in np.array_split(np.arange(len(matrix)), _FOLDS):
        rest = np.setdiff1d(np.arange(len(matrix)), held_out)
        expected = _fitted(matrix[rest], target[rest], nominal).predict(matrix[held_out])
        squares += float(((target[held_out] - expected) ** 2).sum())

    return squares / len(matrix)


def _one_thread() -> AbstractContextManager[object]:
    # Boosting's threads wait for each other without resting: beside other runs on the same cores
    # a fit takes many times as long with them as without. scikit-learn brings threadpoolctl.
    limits: AbstractContextManager[object] = importlib.import_module(
        "threadpoolctl"
    ).threadpool_limits(limits=1, user_api="openmp")

    return limits


def _persistence() -> "ModuleType":
    try:
        return importlib.import_module("skops.io")
    except ImportError as error:
        raise TrainingError(_NEEDED) from error


def _fingerprint(
    matrix: NDArray[np.float64], targets: NDArray[np.float64], features: Sequence[FeatureSpec]
) -> str:
    digest = hashlib.sha256(repr([feature.name for feature in features]).encode())
    digest.update(matrix.tobytes())
    digest.update(targets.tobytes())
    return digest.hexdigest()[:16]
