"""Simulated days of a model: as counts of bins, which a profile would hold of them, or as rows."""

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
_EDGES = np.asarray(stats.norm.ppf(np.linspace(0, 1, 11)))

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


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows of one day: the *numbers*, and the *words* by their places, a line a feature."""

    numbers: NDArray[np.float64]
    words: NDArray[np.int16]

    def counted(self, *, shift: float = 0.0) -> Counted:
        """Count the rows by bin, as a profile does, with the first number *shift* higher."""
        features = EMPTY.features.copy()
        for place, values in enumerate(self.numbers):
            moved = values + shift if place == 0 else values
            features[place, :10] = np.bincount(np.searchsorted(_EDGES[1:-1], moved), minlength=10)
        for place, codes in enumerate(self.words):
            features[NUMBERS + place] = np.bincount(codes, minlength=_BINS)

        return Counted(self.numbers.shape[1], features, EMPTY.answers)


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

    def days(self, count: int, generator: np.random.Generator) -> Iterator[Counted]:
        """Yield *count* days in a row."""
        for effects in self._effects(count, generator):
            yield self._day(effects, generator)

    def rows_of_days(self, count: int, generator: np.random.Generator) -> Iterator[Rows]:
        """Yield the features of *count* days in a row, of the same law as :meth:`days`, as rows."""
        for effects in self._effects(count, generator):
            numbers = generator.normal(effects[:NUMBERS, None], size=(NUMBERS, self.rows))
            ends = self._shares_of_words(effects).cumsum(axis=1)
            drawn = generator.random((len(WORDS), self.rows))
            words = [np.searchsorted(ends[place], drawn[place]) for place in range(len(WORDS))]
            yield Rows(numbers, np.minimum(words, np.array(WORDS)[:, None] - 1).astype(np.int16))

    def _effects(self, count: int, generator: np.random.Generator) -> Iterator[NDArray[np.float64]]:
        """Yield what each of *count* days in a row adds to everything."""
        size = NUMBERS + len(WORDS) * _BINS + 2
        state = generator.normal(size=size)
        for _ in range(count):
            yield self.variation * state
            fresh = generator.normal(size=size)
            state = self.memory * state + (1 - self.memory**2) ** 0.5 * fresh

    def shifted(self, shift: float) -> Stream:
        """Return this stream with its first number *shift* standard deviations higher."""
        return replace(self, shift=shift)

    def _day(self, effects: NDArray[np.float64], generator: np.random.Generator) -> Counted:
        means = effects[:NUMBERS].copy()
        means[0] += self.shift
        shares = np.zeros(EMPTY.features.shape)
        shares[:NUMBERS, :10] = np.diff(stats.norm.cdf(_EDGES - means[:, None]))
        shares[NUMBERS:] = self._shares_of_words(effects)
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

    def _shares_of_words(self, effects: NDArray[np.float64]) -> NDArray[np.float64]:
        odds = self._words + effects[NUMBERS:-2].reshape(len(WORDS), _BINS)

        return np.asarray(special.softmax(odds, axis=1))


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
