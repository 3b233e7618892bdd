"""The profile of a categorical column: counts of the reference's categories, and the unseen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from monitoring.arrays import as_arrow, as_numpy, as_texts
from monitoring.profile.columns import Texts
from monitoring.profile.unseen import UnseenValues

#: A reference with more categories than this keeps the most frequent.
MOST_CATEGORIES = 1_024


@dataclass(frozen=True, slots=True)
class CategoricalLayout:
    """
    The categories of a column, in alphabetical order.

    *complete* says that these are all of the reference's; otherwise they are its most frequent,
    and what is no category may be a new value or a rare one.
    """

    categories: tuple[str, ...]
    complete: bool = True

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> Self:
        """Return the layout of a reference in which each text occurs *counts* times."""
        ranked = sorted((-count, value) for value, count in counts.items())
        kept = sorted(value for _, value in ranked[:MOST_CATEGORIES])
        return cls(tuple(kept), len(ranked) <= MOST_CATEGORIES)

    def places(self, values: pa.Array[pa.StringScalar]) -> NDArray[np.int64]:
        """Return the position of each of *values* among the categories, -1 for the unseen."""
        found = pc.index_in(values, value_set=as_texts(self.categories))
        return as_numpy(found, missing=-1).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class CategoricalProfile:
    """
    What is kept of a categorical column.

    *counts* are the rows of each category of the layout, *missing* counts null and NaN, *empty*
    the empty texts (a category or an unseen value like any other).
    """

    layout: CategoricalLayout
    rows: int
    missing: int
    empty: int
    counts: NDArray[np.int64]
    unseen: UnseenValues

    @classmethod
    def without_rows(cls, layout: CategoricalLayout) -> Self:
        """Return the profile of no rows."""
        counts = np.zeros(len(layout.categories), dtype=np.int64)
        return cls(layout, 0, 0, 0, counts, UnseenValues())

    @classmethod
    def of(cls, texts: Texts, layout: CategoricalLayout) -> Self:
        """Return the profile of *texts*."""
        occurrences = texts.counts()
        places = layout.places(texts.values)
        known = places >= 0
        counts = np.zeros(len(layout.categories), dtype=np.int64)
        counts[places[known]] = occurrences[known]

        strange = np.flatnonzero(~known & (occurrences > 0))
        names = [str(value) for value in texts.values.take(as_arrow(strange)).to_pylist()]
        # Canonical texts are distinct, so the empty one has one place at most.
        blank = pc.index(texts.values, as_texts([""])[0]).as_py()
        return cls(
            layout,
            rows=len(texts.codes),
            missing=len(texts.codes) - int(occurrences.sum()),
            empty=int(occurrences[blank]) if blank >= 0 else 0,
            counts=counts,
            unseen=UnseenValues.of(names, occurrences[strange]),
        )

    @property
    def present(self) -> int:
        """How many rows hold a value."""
        return self.rows - self.missing

    def __add__(self, other: CategoricalProfile) -> CategoricalProfile:
        return CategoricalProfile(
            self.layout,
            self.rows + other.rows,
            self.missing + other.missing,
            self.empty + other.empty,
            self.counts + other.counts,
            self.unseen + other.unseen,
        )

    def resampled(self, rows: int, generator: np.random.Generator) -> CategoricalProfile:
        """Return a profile of *rows* rows drawn from this one, value by value."""
        if not self.rows:
            return CategoricalProfile.without_rows(self.layout)

        # Lumped rows are drawn too, so that the share of new values keeps its expectation.
        names = list(self.unseen.counts)
        cells = np.concatenate(
            [
                [self.missing, self.unseen.lumped],
                np.fromiter(self.unseen.counts.values(), np.int64, len(names)),
                self.counts,
            ]
        )
        drawn = generator.multinomial(rows, cells / cells.sum())
        unseen = drawn[2 : 2 + len(names)].tolist()
        counts = drawn[2 + len(names) :]
        return CategoricalProfile(
            self.layout,
            rows,
            missing=int(drawn[0]),
            empty=self._redrawn_empty(counts, dict(zip(names, unseen, strict=True))),
            counts=counts,
            unseen=UnseenValues(
                {name: count for name, count in zip(names, unseen, strict=True) if count},
                int(drawn[1]),
                self.unseen.error,
                self.unseen.sketch,
            ),
        )

    def _redrawn_empty(self, counts: NDArray[np.int64], unseen: dict[str, int]) -> int:
        if "" in self.layout.categories:
            return int(counts[self.layout.categories.index("")])

        return unseen.get("", 0)
