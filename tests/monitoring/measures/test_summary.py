"""Tests of what the values of a column are like."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from scipy import optimize, stats

from monitoring.measures.summary import summary_measures
from monitoring.profile.column_profile import ColumnProfile
from monitoring.profile.layout import TableLayout
from monitoring.profile.moments import Moments
from monitoring.profile.numeric import NumericProfile
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


def drawn_column(
    column: ColumnProfile, values: NDArray[np.float64], counts: NDArray[np.int64]
) -> NumericProfile:
    """Return the profile of *counts* times each of *values*, the atoms of the *column*."""
    assert isinstance(column, NumericProfile)
    layout, rows = column.layout, int(counts.sum())
    deviations = values - layout.mean
    mean = float(counts @ deviations) / rows
    powers = (float(counts @ (deviations - mean) ** power) for power in (2, 3, 4))
    cells = np.zeros(layout.bins, dtype=np.int64)
    cells[layout.atoms] = counts
    return replace(column, rows=rows, moments=Moments(rows, mean, *powers), counts=cells)


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
        Shares have Wilson's interval, the mean has Student's and Hall's; as scipy computes them.
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
        # The sample leans to the left: Hall's bound is the farther one below.
        lean = stats.skew(x) / np.sqrt(50)
        hall = optimize.brentq(
            lambda t: t + lean * t**2 / 3 + lean**2 * t**3 / 27 + lean / 6 - stats.t.ppf(0.975, 49),
            0.0,
            10.0,
        )
        assert lean < 0
        assert x.mean() - hall * stats.sem(x) == pytest.approx(mean.lower)
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

    @pytest.mark.parametrize("rows", [200, 2000, 20_000])
    @pytest.mark.parametrize("shape", [1.0, 1000.0])
    def test_coverage(self, shape: float, rows: int) -> None:
        """
        Intervals of mean and deviation hold the truth in 93 to 97 % of 2,000 simulations.

        The columns are exponential and all but normal, in 1,000 values.
        """
        values = stats.gamma(shape).ppf((np.arange(1000) + 0.5) / 1000)
        reference = pa.table({"x": values})
        empty = TableProfile.of(reference, TableLayout.of(reference, {"x": FeatureType.NUMERIC}))
        generator, held = np.random.default_rng(rows), Counter[str]()
        truth = {"mean": values.mean(), "std": values.std()}
        for drawn in generator.multinomial(rows, np.full(1000, 0.001), size=2000):
            sample = replace(empty, columns={"x": drawn_column(empty.columns["x"], values, drawn)})
            for measure in summary_measures(sample):
                if measure.metric in truth:
                    assert measure.lower is not None
                    assert measure.upper is not None
                    held[measure.metric] += measure.lower <= truth[measure.metric] <= measure.upper

        assert all(0.93 <= held[metric] / 2000 <= 0.97 for metric in truth), held

    @pytest.mark.parametrize("rows", [2, 3, 4, 50])
    def test_resampled(self, rows: int) -> None:
        """
        Rows drawn bin by bin have moments that contradict each other; there is a deviation still.
        """
        profile = TableProfile.of(REFERENCE, LAYOUT)
        generator = np.random.default_rng(rows)
        drawn = [summary_measures(profile.resampled(rows, generator)) for _ in range(50)]

        found = [each for measures in drawn for each in measures if each.metric == "std"]
        assert all(each.value is not None for each in found)
        assert {rows > 3} == {each.lower is not None for each in found if each.value}

    def test_resampled_rarities(self) -> None:
        """
        Of a column that is nearly always 0, also contradictory moments give bounds.
        """
        table = pa.table({"x": np.append(np.zeros(20_000), np.geomspace(0.01, 1_000, 40))})
        layout = TableLayout.of(table, {"x": FeatureType.NUMERIC})
        profile, generator = TableProfile.of(table, layout), np.random.default_rng(7)
        drawn = [summary_measures(profile.resampled(500, generator)) for _ in range(200)]

        for each in (each for measures in drawn for each in measures if each.metric == "std"):
            assert each.value is not None
            if each.lower is not None and each.upper is not None:
                assert each.lower <= each.value <= each.upper

    @pytest.mark.parametrize("size", [1e-320, 1e-160, 1e60, 1e100, 1e150, 1e300])
    @pytest.mark.parametrize("rows", [2, 50])
    def test_any_size(self, size: float, rows: int) -> None:
        """
        Values of any size have a mean within its bounds, and no power of them raises an error.
        """
        table = pa.table({"x": np.random.default_rng(3).normal(size=rows) * size})
        layout = TableLayout.of(table, {"x": FeatureType.NUMERIC})

        for each in summary_measures(TableProfile.of(table, layout)):
            if each.value is not None and each.lower is not None and each.upper is not None:
                assert each.lower <= each.value <= each.upper
