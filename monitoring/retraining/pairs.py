"""Two versions that answered to the same ids: their differences as sums that add up."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from monitoring.metrics import VERSUS
from monitoring.results import ALL, Measure
from monitoring.retraining.differences import Difference, Floats, grouped_interval


@dataclass(frozen=True, slots=True)
class Pairs:
    """
    How many *rows* of a day two versions both answered, and by how much they differ.

    *sums* holds for each metric Σ d and Σ d², where d is challenger minus champion of one row.
    """

    rows: int
    sums: Mapping[str, tuple[float, float]]

    @classmethod
    def of(cls, champion: Mapping[str, Floats], challenger: Mapping[str, Floats]) -> Pairs:
        """Return the sums of what each row adds to the metrics, in the same order of rows."""
        differences = {name: challenger[name] - values for name, values in champion.items()}
        rows = len(next(iter(differences.values()), ()))

        return cls(
            rows, {name: (float(d.sum()), float((d**2).sum())) for name, d in differences.items()}
        )

    def encode(self) -> bytes:
        """Return the sums as JSON."""
        return json.dumps({"rows": self.rows, "sums": self.sums}).encode()

    @classmethod
    def decode(cls, blob: bytes) -> Pairs:
        """Read what :meth:`encode` wrote."""
        found = json.loads(blob)

        return cls(
            found["rows"], {name: (d, square) for name, (d, square) in found["sums"].items()}
        )


def paired_measures(days: Sequence[Pairs], *, against: str) -> list[Measure]:
    """
    Return the mean difference of each metric over the rows of *days*.

    The 95 % interval is that of the evaluation: paired, the rows of a day together, and never
    narrower than that of independent rows. Fewer than two rows give nothing.
    """
    counted = [day for day in days if day.rows]
    if sum(day.rows for day in counted) < _FEWEST:
        return []

    return [_measure(name, counted, against) for name in counted[0].sums]


_FEWEST = 2


def _measure(name: str, days: Sequence[Pairs], against: str) -> Measure:
    difference, rows = _difference(name, days)

    return Measure(
        column=ALL,
        metric=f"{VERSUS}{name}",
        value=difference.value,
        rows=rows,
        lower=difference.lower,
        upper=difference.upper,
        reason=f"against {against}, the same ids",
    )


def _difference(name: str, days: Sequence[Pairs]) -> tuple[Difference, int]:
    counts = np.array([day.rows for day in days], dtype=np.float64)
    sums, squares = np.array([day.sums[name] for day in days]).T
    rows = int(counts.sum())
    mean = float(sums.sum()) / rows
    of_rows = (float(squares.sum()) - rows * mean**2) / (rows - 1) / rows

    return grouped_interval(mean, (sums - counts * mean) / rows, of_rows, rows=rows), rows
