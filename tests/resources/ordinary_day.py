"""A small table of predictions, the suite of its reference, and a validator for its days."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from monitoring.quality.day import for_day
from monitoring.quality.expectation import Expectation
from monitoring.quality.generate import generate_suite
from monitoring.quality.outcome import ExpectationOutcome, OutcomeState
from monitoring.quality.summary import summarise_columns
from monitoring.spec.model import FeatureType, MonitorSpec
from resources.expectations import GreatExpectations

START, END = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 3, 2, tzinfo=UTC)
TYPES = {
    "amount": FeatureType.NUMERIC,
    "wait": FeatureType.NUMERIC,
    "colour": FeatureType.CATEGORICAL,
    "answer": FeatureType.CATEGORICAL,
    "version": FeatureType.CATEGORICAL,
}
KEYS = {"id": "id", "timestamp": "at", "prediction": "answer", "score": "score"}
MONITOR = MonitorSpec.model_validate(
    {
        "model": "m",
        "task": "binary_classification",
        "predictions": {"table": "p", "version": "version", **KEYS},
        "reference": {"table": "r", "label": "label"},
    }
)


def day(rows: int = 100, **columns: "Sequence[Any] | pa.Array[Any]") -> pa.Table:
    """Return a faultless day, but for *columns*."""
    faultless: dict[str, Any] = {
        "id": [f"P{i}" for i in range(rows)],
        "at": [START + timedelta(minutes=i) for i in range(rows)],
        "amount": [float(i % 10) for i in range(rows)],
        "wait": [i % 7 for i in range(rows)],
        "colour": [("red", "green", "blue")[i % 3] for i in range(rows)],
        "score": [(i % 10) / 10 for i in range(rows)],
        "answer": [i % 2 for i in range(rows)],
        "version": ["v1"] * rows,
    }

    return pa.table({**faultless, **columns})


REFERENCE = day(2_000)
SUITE = generate_suite(MONITOR, summarise_columns(REFERENCE, TYPES))


def validate(rows: pa.Table, suite: list[Expectation] = SUITE) -> list[ExpectationOutcome]:
    """Validate *rows* as those of the first of March."""
    expectations = for_day(suite, start=START, end=END, rows=rows.num_rows)

    return GreatExpectations().validate(rows, expectations)


def trouble(rows: pa.Table) -> dict[str, str]:
    """Return the messages of what did not pass, by state, family and column."""
    return {
        f"{each.state} {each.expectation.family} {each.expectation.column}": each.message
        for each in validate(rows)
        if each.state is not OutcomeState.PASSED
    }
