"""Tests of what the values of a column are like."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from monitoring.measures.summary import summary_measures
from monitoring.profile.layout import TableLayout
from monitoring.profile.table import TableProfile
from monitoring.results import ALL, Measure
from monitoring.spec.model import FeatureType

TYPES = {
    "x": FeatureType.NUMERIC,
    "k": FeatureType.NUMERIC,
    "c": FeatureType.CATEGORICAL,
}
REFERENCE = pa.table(
    {
        "x": pa.array(np.linspace(0, 10, 5000)),
        "k": pa.array(np.arange(5000) % 7),
        "c": pa.array([["a", "b", "c"][place % 3] for place in range(5000)]),
    }
)
LAYOUT = TableLayout.of(REFERENCE, TYPES)


def summary(batch: pa.Table) -> dict[tuple[str, str], Measure]:
    """Return the measures of *batch* by column and metric."""
    measures = summary_measures(TableProfile.of(batch, LAYOUT))
    return {(measure.column, measure.metric): measure for measure in measures}


class TestSummaryMeasures:
    """Tests of the summary of a table."""

    def test_values(self) -> None:
        """
        Each number is the one of numpy on the values that are there.
        """
        x = np.random.default_rng(1).normal(5.0, 4.0, size=400)
        batch = pa.table(
            {
                "x": pa.array([*x, None, np.nan], from_pandas=False),
                "k": pa.array([*([1, 2] * 200), 9, None]),
                "c": pa.array([*(["a", "z"] * 200), "", None]),
            }
        )

        found = {key: measure.value for key, measure in summary(batch).items()}

        assert 402 == found[ALL, "rows"]
        assert 2 / 402 == found["x", "missing_fraction"]
        assert x.mean() == pytest.approx(found["x", "mean"])
        assert x.std(ddof=1) == pytest.approx(found["x", "std"])
        assert x.min() == found["x", "min"]
        assert x.max() == found["x", "max"]
        assert np.mean((x < 0) | (x > 10)) == pytest.approx(found["x", "out_of_range_fraction"])
        assert (3, 1 / 401) == (found["k", "distinct"], found["k", "out_of_range_fraction"])
        assert (3, 201 / 401) == (found["c", "distinct"], found["c", "new_category_fraction"])

    def test_intervals(self) -> None:
        """
        Shares have Wilson's interval, the mean has Student's; both as scipy computes them.
        """
        x = np.random.default_rng(2).normal(5.0, 1.0, size=50)
        batch = pa.table(
            {"x": pa.array(x), "k": pa.array([1] * 50), "c": pa.array(["z"] * 9 + ["a"] * 41)}
        )

        found = summary(batch)

        wilson = stats.binomtest(9, 50).proportion_ci(method="wilson")
        fraction = found["c", "new_category_fraction"]
        assert wilson.low == pytest.approx(fraction.lower)
        assert wilson.high == pytest.approx(fraction.upper)
        student = stats.t.interval(0.95, 49, x.mean(), stats.sem(x))
        mean = found["x", "mean"]
        assert student[0] == pytest.approx(mean.lower)
        assert student[1] == pytest.approx(mean.upper)
        assert 50 == mean.rows

    def test_nothing(self) -> None:
        """
        Of no rows everything but their number is undefined, for a reason.
        """
        found = summary(REFERENCE.slice(0, 0))

        assert 0 == found[ALL, "rows"].value
        for (column, metric), measure in found.items():
            if column != ALL and metric != "distinct":
                assert (None, True) == (measure.value, bool(measure.reason)), (column, metric)

    def test_all_missing(self) -> None:
        """
        A column of nulls has a missing fraction of 1, and nothing else to say.
        """
        batch = pa.table({name: pa.nulls(4) for name in TYPES})

        found = summary(batch)

        assert 1.0 == found["x", "missing_fraction"].value
        assert None is found["x", "mean"].value
        assert "no values" == found["c", "new_category_fraction"].reason

    @pytest.mark.parametrize("rows", [200, 2000])
    def test_coverage_of_the_deviation(self, rows: int) -> None:
        """
        The interval of the standard deviation holds the truth in 93 to 97 % of simulations.
        """
        generator = np.random.default_rng(rows)
        held = 0
        for _ in range(400):
            x = pa.array(generator.normal(5.0, 2.0, size=rows))
            measure = summary(REFERENCE.slice(0, rows).set_column(0, "x", pa.chunked_array([x])))[
                "x", "std"
            ]
            assert measure.lower is not None
            assert measure.upper is not None
            held += measure.lower <= 2.0 <= measure.upper

        assert 0.92 <= held / 400 <= 0.98
