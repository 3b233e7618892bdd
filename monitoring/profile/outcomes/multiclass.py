"""Outcomes of a multiclass classifier: a confusion matrix, and each class against the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.profile.codec import JSON, Array, pack
from monitoring.profile.outcomes.binary import (
    MISSING,
    NEGATIVE,
    POSITIVE,
    BinaryLayout,
    BinaryOutcomes,
    binary_from_arrays,
    decode_binary_layout,
)
from monitoring.profile.outcomes.fingerprint import fingerprint_of, require_same_layout

#: The kinds of stored blobs.
MULTICLASS_LAYOUT, MULTICLASS_OUTCOMES = "multiclass_layout", "multiclass_outcomes"


@dataclass(frozen=True, slots=True, eq=False)
class MulticlassLayout:
    """
    What is fixed by the reference of a multiclass classifier.

    *parts* are the layouts of each class against the rest. *correlations* say, for a metric, how
    much the same row sways the classes together: without it a macro mean has no interval.
    """

    parts: tuple[BinaryLayout, ...]
    correlations: dict[str, NDArray[np.float64]]

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes, in the order of the confusion matrix."""
        return tuple(part.positive for part in self.parts)

    @property
    def fingerprint(self) -> str:
        """The stable name of the layout."""
        return fingerprint_of(self.header, self.arrays)

    @property
    def header(self) -> dict[str, JSON]:
        """All but the arrays, as JSON."""
        return {
            "kind": MULTICLASS_LAYOUT,
            "parts": [part.header for part in self.parts],
            "correlations": list(self.correlations),
        }

    @property
    def arrays(self) -> dict[str, Array]:
        """The score bins of the classes, and the correlations."""
        arrays: dict[str, Array] = {
            f"{at}:{name}": array
            for at, part in enumerate(self.parts)
            for name, array in part.arrays.items()
        }
        return arrays | {
            f"correlation:{metric}": matrix.ravel() for metric, matrix in self.correlations.items()
        }

    def encode(self) -> bytes:
        """Return the layout as bytes for the results store."""
        return pack(self.header, self.arrays)


@dataclass(frozen=True, slots=True, eq=False)
class MulticlassOutcomes:
    """
    Mergeable counts of labels, predictions and scores of a multiclass classifier.

    *confusion* counts rows by label and prediction; behind the classes come those that are none
    of them, and what is missing. *parts* are the outcomes of each class against the rest.
    """

    layout: MulticlassLayout
    confusion: NDArray[np.int64]
    parts: tuple[BinaryOutcomes, ...]

    @property
    def rows(self) -> int:
        """The number of predictions."""
        return int(self.confusion.sum())

    @property
    def labelled(self) -> int:
        """The number of predictions whose label is known."""
        return int(self.confusion[:-1].sum())

    @property
    def unknown_labels(self) -> int:
        """The number of labels that the reference never had: no prediction of them is right."""
        return int(self.confusion[-2].sum())

    @property
    def decisions(self) -> NDArray[np.int64]:
        """The labelled rows with a prediction, by label and prediction."""
        return self.confusion[:-1, :-1]

    def __add__(self, other: object) -> MulticlassOutcomes:
        if not isinstance(other, MulticlassOutcomes):
            return NotImplemented
        if self.layout is not other.layout:
            require_same_layout(self.layout.fingerprint, other.layout.fingerprint)

        parts = zip(self.parts, other.parts, strict=True)
        return MulticlassOutcomes(
            self.layout, self.confusion + other.confusion, tuple(one + two for one, two in parts)
        )

    def resampled(self, rows: int, generator: np.random.Generator) -> MulticlassOutcomes:
        """
        Draw *rows* rows with replacement: labels with predictions first, then scores given them.

        Nothing can be drawn from no rows: they are returned as they are.
        """
        total = self.rows
        if not total:
            return self
        drawn = generator.multinomial(rows, self.confusion.ravel() / total)
        confusion = drawn.reshape(self.confusion.shape).astype(np.int64)
        parts = (
            part.recounted(_scores_given(against_rest(confusion, at), part.cells, generator))
            for at, part in enumerate(self.parts)
        )

        return MulticlassOutcomes(self.layout, confusion, tuple(parts))

    def encode(self) -> bytes:
        """Return the outcomes as bytes for the results store."""
        header: dict[str, JSON] = {"kind": MULTICLASS_OUTCOMES, "layout": self.layout.fingerprint}
        arrays: dict[str, Array] = {"confusion": self.confusion.ravel()}
        for at, part in enumerate(self.parts):
            arrays |= {f"{at}:{name}": array for name, array in part.arrays.items()}

        return pack(header, arrays)


def against_rest(confusion: NDArray[np.int64], at: int) -> NDArray[np.int64]:
    """Fold *confusion* to one class against the rest: label and prediction, missing ones last."""
    sides = np.full(len(confusion), NEGATIVE)
    sides[at], sides[-1] = POSITIVE, MISSING
    folded = np.zeros((3, 3), dtype=np.int64)
    np.add.at(folded, (sides[:, None], sides[None, :]), confusion)
    return folded


def decode_multiclass_layout(header: dict[str, JSON], arrays: dict[str, Array]) -> MulticlassLayout:
    """Return the layout that `MulticlassLayout.encode` wrote."""
    headers, metrics = header["parts"], header["correlations"]
    parts = tuple(
        decode_binary_layout(part, _of_part(arrays, at))
        for at, part in enumerate(headers if isinstance(headers, list) else [])
        if isinstance(part, dict)
    )
    correlations = {
        str(metric): arrays[f"correlation:{metric}"]
        .astype(np.float64, copy=False)
        .reshape(len(parts), len(parts))
        for metric in (metrics if isinstance(metrics, list) else [])
    }

    return MulticlassLayout(parts, correlations)


def decode_multiclass(
    header: dict[str, JSON], arrays: dict[str, Array], layout: MulticlassLayout
) -> MulticlassOutcomes:
    """Return the outcomes that `MulticlassOutcomes.encode` wrote, of the same *layout*."""
    require_same_layout(layout.fingerprint, str(header["layout"]))
    size = len(layout.parts) + 2

    return MulticlassOutcomes(
        layout,
        arrays["confusion"].astype(np.int64, copy=False).reshape(size, size),
        tuple(
            binary_from_arrays(_of_part(arrays, at), part) for at, part in enumerate(layout.parts)
        ),
    )


def _of_part(arrays: dict[str, Array], at: int) -> dict[str, Array]:
    prefix = f"{at}:"
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }


def _scores_given(
    sides: NDArray[np.int64], cells: NDArray[np.int64], generator: np.random.Generator
) -> NDArray[np.int64]:
    # As many rows of each label and prediction as *sides* says, over the score bins of *cells*.
    drawn = np.zeros_like(cells)
    for label, prediction in np.argwhere(sides):
        column = cells[:, label, prediction]
        taken = np.flatnonzero(column)
        drawn[taken, label, prediction] = generator.multinomial(
            sides[label, prediction], column[taken] / column.sum()
        )

    return drawn
