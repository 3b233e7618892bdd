"""Tests of labels as they were known at a date: real flights, and other libraries' values."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest

from monitoring.measures.performance import performance_measures
from monitoring.partitions import Partitions
from monitoring.profile.collecting import merged
from monitoring.profile.grouping import Group
from monitoring.profile.outcomes.outcomes import empty_outcomes, outcome_layout, outcomes_of
from monitoring.spec.model import Task
from monitoring.spec.parse import parse_monitor
from monitoring.windows import DAY, days_between
from resources.warehouse.collecting import collect_from
from resources.warehouse.duckdb import DuckDBWarehouse
from resources.warehouse.query import Query, group_keys
from resources.warehouse.warehouse import read_table

ORACLES = Path(__file__).parents[3] / "shared" / "oracles"
VALUES = ORACLES / "out" / "labels_asof_flights13.csv"
FLIGHTS = ORACLES / "in" / "flights13"
MONITOR = """\
model: flights
task: binary_classification
start: 2013-04-01
predictions:
  {{table: {folder}/predictions.parquet, id: prediction_id, timestamp: ts,
    prediction: predicted_label, score: score}}
positive_class: 1
actuals:
  {{table: {folder}/actuals.parquet, id: prediction_id, label: label, timestamp: recorded_ts}}
reference: {{table: {folder}/reference.parquet, label: label}}
"""
CASES = [
    ("2013-04", "2013-05-01"),
    ("2013-04", "2013-06-15"),
    ("2013-06", "2013-06-15"),
    ("2013-09", "2013-10-03"),
    ("2013-09", "2014-02-01"),
]


def expected(month: str, as_of: str) -> dict[str, float]:
    """Return what pandas and scikit-learn say of a month."""
    with VALUES.open(encoding="utf-8") as file:
        return {
            row["metric"]: float(row["value"])
            for row in csv.DictReader(file)
            if row["chunk_key"] == month and row["asof"] == as_of
        }


@pytest.mark.skipif(not VALUES.exists(), reason="The flights of 2013 are not beside the checkout.")
class TestAsOf:
    """A month as it was known at a date."""

    @pytest.mark.parametrize(("month", "as_of"), CASES)
    def test_flights(self, month: str, as_of: str) -> None:
        """Labels are as many as were recorded by then, revised ones as they stood then."""
        spec = parse_monitor(MONITOR.format(folder=FLIGHTS), source="flights.yaml")
        warehouse = DuckDBWarehouse()
        query, moment = Query(spec, warehouse), datetime.fromisoformat(as_of).replace(tzinfo=UTC)
        first = date.fromisoformat(f"{month}-01")
        end = (first + 32 * DAY).replace(day=1)
        partitions = Partitions.of_days(days_between(first, end))
        layout = outcome_layout(
            Task.BINARY,
            read_table(warehouse, query.reference_outcomes(as_of=moment)),
            positive_class=1,
        )
        found = collect_from(
            warehouse,
            query.outcomes(partitions, as_of=moment),
            group_keys(spec),
            partial(outcomes_of, layout=layout),
            empty=empty_outcomes(layout),
            partitions=partitions.keys,
        )
        whole = merged((found[Group(key)] for key in partitions.keys), empty=empty_outcomes(layout))
        values = {each.metric: each.value for each in performance_measures(whole)}
        oracle = expected(month, as_of)

        assert oracle["n_labelled"] == whole.labelled
        assert oracle["roc_auc"] == pytest.approx(values["roc_auc"], abs=1e-4)
        assert oracle["log_loss"] == pytest.approx(values["log_loss"], abs=1e-9)
