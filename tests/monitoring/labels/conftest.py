"""Predictions whose labels come late, the positive ones later than the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from monitoring.labels.rows import LabelledRows, labelled_rows
from monitoring.profile.outcomes.outcomes import (
    OutcomeLayout,
    Outcomes,
    outcome_layout,
    outcomes_of,
)
from monitoring.spec.model import Task

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
THRESHOLD = 0.35


@dataclass(frozen=True, slots=True)
class Late:
    """A day of predictions, and what was and will be known of them."""

    scores: np.ndarray
    labels: np.ndarray
    said: np.ndarray
    told: np.ndarray

    def known(self, layout: OutcomeLayout, *, as_of: datetime) -> LabelledRows:
        """Count what is known at *as_of*."""
        rows = table(self, hidden=~(self.told <= as_of.timestamp()))

        return labelled_rows(
            rows, layout=layout, as_of=as_of, predicted="predicted", recorded="recorded"
        )

    def complete(self, layout: OutcomeLayout) -> Outcomes:
        """Count what will be known in the end."""
        return outcomes_of(table(self, hidden=np.isinf(self.told)), layout)


def table(late: Late, *, hidden: np.ndarray) -> pa.Table:
    """Return *late* under the canonical names, without the labels that are *hidden*."""
    return pa.table(
        {
            "score": late.scores,
            "prediction": (late.scores >= THRESHOLD).astype(int),
            "label": pa.array(late.labels, mask=hidden),
            "predicted": moments(late.said),
            "recorded": moments(np.where(hidden, 0, late.told), hidden),
        }
    )


def moments(seconds: np.ndarray, hidden: np.ndarray | None = None) -> pa.Array:
    """Return *seconds* since 1970 as timestamps in UTC."""
    return pa.array((seconds * 1e6).astype(np.int64), pa.timestamp("us", "UTC"), mask=hidden)


@pytest.fixture
def make_day() -> Callable[..., Late]:
    """
    Make a day of predictions; the delay is exponential, positives take *slow* times as long.
    """

    def make(
        number: int,
        *,
        rows: int = 2000,
        slow: float = 3.0,
        never: float = 0.0,
        drift: float = 1.0,
        seed: int = 0,
    ) -> Late:
        generator = np.random.default_rng([seed, number])
        said = (FIRST + timedelta(days=number)).timestamp() + generator.random(rows) * 86_400
        scores = generator.beta(2, 4, rows)
        labels = (generator.random(rows) < scores**drift).astype(np.int64)
        told = said + generator.exponential(86_400 * np.where(labels == 1, slow, 1.0))
        told[generator.random(rows) < never] = np.inf

        return Late(scores, labels, said, told)

    return make


@pytest.fixture(scope="session")
def layout() -> OutcomeLayout:
    """
    The layout of a reference with such scores.
    """
    generator = np.random.default_rng(1)
    scores = generator.beta(2, 4, 20_000)

    return outcome_layout(
        Task.BINARY,
        pa.table(
            {
                "score": scores,
                "prediction": (scores >= THRESHOLD).astype(int),
                "label": (generator.random(20_000) < scores).astype(int),
            }
        ),
        positive_class=1,
    )
