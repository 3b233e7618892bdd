"""Simulated days of a model as counts of bins: what a profile would hold of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from monitoring.measures.divergences import population_stability_index
from monitoring.measures.ranking import roc_auc
from monitoring.results import ALL, Measure

#: Features: numbers in ten bins each, and words of so many different values.
NUMBERS = 20
WORDS = (2, 2, 3, 4, 5, 8, 12, 20, 50, 150)

_BINS = max(WORDS)
_SCORES = 25

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """
    The rows of one or more days by feature and bin, and by label and bin of the score.

    Adds and resamples as a profile does.
    """

    rows: int
    features: Counts
    answers: Counts

    def __add__(self, other: Counted) -> Counted:
        return Counted(
            self.rows + other.rows, self.features + other.features, self.answers + other.answers
        )

    def resampled(self, rows: int, generator: np.random.Generator) -> Counted:
        """Draw *rows* rows with replacement."""
        features = generator.multinomial(rows, self.features / self.rows)
        answers = generator.multinomial(rows, self.answers.ravel() / self.rows)

        return Counted(rows, features, answers.reshape(2, _SCORES))


EMPTY = Counted(
    0,
    np.zeros((NUMBERS + len(WORDS), _BINS), np.int64),
    np.zeros((2, _SCORES), np.int64),
)


@dataclass(frozen=True)
class Stream:
    """
    A model whose days differ by chance and nothing else.

    *variation* is the standard deviation of what a day adds to every feature, in the feature's
    own, and *memory* the correlation of one day's with the next. *shift* moves the first number.
    """

    rows: int
    variation: float = 0.1
    memory: float = 0.0
    shift: float = 0.0

    @cached_property
    def _words(self) -> NDArray[np.float64]:
        """The log-odds of each word, by Zipf's law; minus infinity where there is none."""
        ranks = np.arange(1, _BINS + 1)
        return np.array([np.where(ranks <= size, -np.log(ranks), -np.inf) for size in WORDS])

    @cached_property
    def _edges(self) -> NDArray[np.float64]:
        return np.asarray(stats.norm.ppf(np.linspace(0, 1, 11)))

    def days(self, count: int, generator: np.random.Generator) -> Iterator[Counted]:
        """Yield *count* days in a row."""
        size = NUMBERS + len(WORDS) * _BINS + 2
        state = generator.normal(size=size)
        for _ in range(count):
            yield self._day(self.variation * state, generator)
            fresh = generator.normal(size=size)
            state = self.memory * state + (1 - self.memory**2) ** 0.5 * fresh

    def shifted(self, shift: float) -> Stream:
        """Return this stream with its first number *shift* standard deviations higher."""
        return replace(self, shift=shift)

    def _day(self, effects: NDArray[np.float64], generator: np.random.Generator) -> Counted:
        means = effects[:NUMBERS].copy()
        means[0] += self.shift
        shares = np.zeros(EMPTY.features.shape)
        shares[:NUMBERS, :10] = np.diff(stats.norm.cdf(self._edges - means[:, None]))
        odds = self._words + effects[NUMBERS:-2].reshape(len(WORDS), _BINS)
        shares[NUMBERS:] = special.softmax(odds, axis=1)
        centres = np.linspace(-3, 3, _SCORES)
        weights = special.softmax(-((centres - effects[-2]) ** 2) / 2)
        chance = special.expit(1.5 * centres - 1 + effects[-1])
        answers = np.concatenate([weights * (1 - chance), weights * chance])
        drawn = generator.multinomial(self.rows, answers / answers.sum())

        return Counted(
            self.rows,
            generator.multinomial(self.rows, shares / shares.sum(axis=1, keepdims=True)),
            drawn.reshape(2, _SCORES),
        )


def drift_of(reference: Counted, current: Counted) -> list[Measure]:
    """Return the PSI of every feature."""
    return [
        Measure(f"feature {place}", "psi", float(_psi(*pair)), current.rows)
        for place, pair in enumerate(zip(reference.features, current.features, strict=True))
    ]


def performance_of(current: Counted) -> list[Measure]:
    """Return AUC and log-loss of a model that knows the odds of an ordinary day."""
    negatives, positives = current.answers
    odds = 1.5 * np.linspace(-3, 3, _SCORES) - 1
    losses = positives @ special.log1p(np.exp(-odds)) + negatives @ special.log1p(np.exp(odds))
    auc = roc_auc(positives, negatives).value

    return [
        Measure(ALL, "roc_auc", None if auc is None else float(auc), current.rows),
        Measure(ALL, "log_loss", float(losses) / max(current.rows, 1), current.rows),
    ]


def _psi(reference: Counts, current: Counts) -> float:
    used = (reference + current) > 0

    return float(population_stability_index(reference[used], current[used]))
