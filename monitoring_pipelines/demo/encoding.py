"""Features as a matrix: categories become the codes that the training rows had."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from monitoring.errors import TrainingError

#: Categories beyond the commonest ones count as unknown; the model's histograms have 255 bins.
MAX_CATEGORIES = 254


@dataclass(frozen=True, slots=True)
class Encoding:
    """The features of a model in their order, and the categories of those that have some."""

    features: tuple[str, ...]
    categories: Mapping[str, tuple[str, ...]]

    @property
    def categorical(self) -> list[bool]:
        """Whether each feature is categorical, in order."""
        return [name in self.categories for name in self.features]

    def matrix(self, rows: pa.Table) -> NDArray[np.float64]:
        """
        Return one row for each of *rows*, one column for each feature.

        Nulls and categories that the training rows did not have are NaN, which the model learned
        to send somewhere.

        Raises:
            TrainingError: when *rows* lack a feature.
        """
        missing = [name for name in self.features if name not in rows.column_names]
        if missing:
            msg = f"the rows lack {', '.join(missing)}, which the model was trained on."
            raise TrainingError(msg)

        return np.column_stack([self._column(name, rows[name]) for name in self.features])

    def _column(self, name: str, values: "pa.ChunkedArray[Any]") -> NDArray[np.float64]:
        numbers: Any = values
        if name in self.categories:
            known = pa.array(self.categories[name], pa.string())
            numbers = pc.index_in(values.cast(pa.string()), value_set=known)

        return np.asarray(numbers.cast(pa.float64()).to_numpy(), dtype=np.float64)


def fit_encoding(rows: pa.Table, features: Sequence[str]) -> Encoding:
    """
    Return the encoding of *features* as *rows* have them.

    Text and truth values are categorical, numbers numeric.
    """
    names = [name for name in features if _categorical(rows.schema.field(name).type)]

    return Encoding(tuple(features), {name: _categories(rows[name]) for name in names})


def _categories(values: "pa.ChunkedArray[Any]") -> tuple[str, ...]:
    texts = [str(value) for value in values.drop_null().cast(pa.string()).to_pylist()]
    # Of equally common ones the first by name, so that the order of the rows does not matter.
    commonest = sorted(Counter(texts).items(), key=lambda item: (-item[1], item[0]))

    return tuple(sorted(value for value, _ in commonest[:MAX_CATEGORIES]))


def _categorical(kind: pa.DataType) -> bool:
    return (
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_dictionary(kind)
        or pa.types.is_boolean(kind)
    )
