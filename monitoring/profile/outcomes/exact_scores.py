"""The scores of a small sample, one by one: its ranking measures are exact, not binned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.profile.codec import Array

#: Up to so many labelled scores are kept; with more, the bins are fine enough.
LIMIT = 4096


@dataclass(frozen=True, slots=True, eq=False)
class ExactScores:
    """The valid scores of the labelled rows, in rising order, apart by label."""

    negatives: NDArray[np.float64]
    positives: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.negatives) + len(self.positives)

    @property
    def arrays(self) -> dict[str, Array]:
        """The scores, for the results store."""
        return {"negative_scores": self.negatives, "positive_scores": self.positives}

    def counts(self) -> NDArray[np.int64]:
        """Count negatives and positives (columns) at each distinct score (rows), lowest first."""
        values, at = np.unique(
            np.concatenate([self.negatives, self.positives]), return_inverse=True
        )
        negative = np.bincount(at[: len(self.negatives)], minlength=len(values))
        positive = np.bincount(at[len(self.negatives) :], minlength=len(values))
        return np.stack([negative, positive], axis=1).astype(np.int64)


def exact_scores(
    scores: NDArray[np.float64], labels: NDArray[np.int64], *, limit: int
) -> ExactScores | None:
    """Keep *scores* whose *labels* are 0 or 1, or nothing when there are more than *limit*."""
    if len(scores) > limit:
        return None

    return ExactScores(np.sort(scores[labels == 0]), np.sort(scores[labels == 1]))


def joined(one: ExactScores | None, other: ExactScores | None, *, limit: int) -> ExactScores | None:
    """
    Return the scores of both samples, or nothing when there are more than *limit*.

    Whether they are kept depends on the number of rows alone, not on the order of additions.
    """
    if one is None or other is None or len(one) + len(other) > limit:
        return None

    return ExactScores(
        np.sort(np.concatenate([one.negatives, other.negatives])),
        np.sort(np.concatenate([one.positives, other.positives])),
    )


def decoded_scores(arrays: Mapping[str, Array]) -> ExactScores | None:
    """Return the scores among stored *arrays*, if they were kept."""
    if "negative_scores" not in arrays:
        return None

    return ExactScores(
        arrays["negative_scores"].astype(np.float64, copy=False),
        arrays["positive_scores"].astype(np.float64, copy=False),
    )
