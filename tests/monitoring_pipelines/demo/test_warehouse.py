"""The demo's warehouse holds the real year, and the same one in every build."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from monitoring_pipelines.demo.warehouse import (
    DECISION_THRESHOLD,
    FEATURES,
    build_warehouse,
    first_artefact,
)
from resources.training import checksum

#: The same year was prepared and scored by other people: per UTC month the rows, how many have a
#: label in the end, how many of those are late, and scikit-learn's AUC of their model.
ORACLE = {
    "2013-04": (28251, 27485, 7697, 0.650132),
    "2013-05": (28783, 28119, 6167, 0.723043),
    "2013-06": (28231, 27075, 8284, 0.706998),
    "2013-07": (29428, 28280, 8954, 0.701438),
    "2013-08": (29381, 28810, 6867, 0.693671),
    "2013-09": (27529, 26966, 3570, 0.663646),
    "2013-10": (28905, 28635, 4786, 0.656923),
    "2013-11": (27200, 26901, 4688, 0.661350),
    "2013-12": (28191, 27080, 8805, 0.695304),
}

#: Their model and ours differ in its settings only; no month's AUC may differ by more.
AUC_TOLERANCE = 0.01

SHARED = Path(__file__).parents[4] / "shared" / "oracles" / "in" / "flights13"


class TestPredictions:
    """The table of predictions."""

    def test_rows_per_month(self, connection: duckdb.DuckDBPyConnection) -> None:
        """
        Every departure is there, by UTC month; New York's last evening is in January.
        """
        counted = connection.execute(
            "SELECT strftime(predicted_at, '%Y-%m'), count(*) "
            "FROM predictions.flight_delay GROUP BY ALL"
        ).fetchall()

        assert {month: rows for month, (rows, *_) in ORACLE.items()} | {"2014-01": 88} == (
            dict(counted)
        )

    def test_unique(self, connection: duckdb.DuckDBPyConnection) -> None:
        """
        An id names one prediction, in the reference too.
        """
        counted = connection.execute(
            "SELECT count(*), count(DISTINCT prediction_id) FROM ("
            "SELECT prediction_id FROM predictions.flight_delay "
            "UNION ALL SELECT prediction_id FROM training.flight_delay)"
        ).fetchone()

        assert (281_763, 281_763) == counted

    def test_first_departure(self, connection: duckdb.DuckDBPyConnection) -> None:
        """
        US Airways left Newark for Charlotte at 5:00 in New York, which is 9:00 UTC in summer.
        """
        row = connection.execute(
            "SELECT strftime(predicted_at, '%Y-%m-%dT%H:%M'), model_version, carrier, origin, "
            "dest, minute_of_day, dow, distance, plane_age, seats, temp, wind_speed, pressure "
            "FROM predictions.flight_delay WHERE prediction_id = '2013-080790'"
        ).fetchone()

        expected = ("2013-04-01T09:00", "v1", "US", "EWR", "CLT", 300, 1, 529, 1, 379)
        assert (*expected, 44.96, 10.357, None) == row

    def test_decision(self, connection: duckdb.DuckDBPyConnection) -> None:
        """
        The label follows from the stored probability.
        """
        wrong = connection.execute(
            "SELECT count(*) FROM predictions.flight_delay "
            "WHERE (probability >= $threshold) <> (predicted_label = 1)",
            {"threshold": DECISION_THRESHOLD},
        ).fetchone()

        assert (0,) == wrong

    def test_weather_is_missing_as_null(self, connection: duckdb.DuckDBPyConnection) -> None:
        """
        Hours without weather are null, never NaN.
        """
        counted = connection.execute(
            "SELECT count(*) FILTER (temp IS NULL), count(*) FILTER (isnan(temp)) "
            "FROM predictions.flight_delay"
        ).fetchone()

        assert (1492, 0) == counted


class TestReference:
    """The table of labelled departures that the model has not seen."""

    def test_days(self, connection: duckdb.DuckDBPyConnection) -> None:
        """
        Every third day of the winter by New York's calendar, whole, and nothing else.
        """
        days = connection.execute(
            "SELECT DISTINCT dayofyear(timezone('America/New_York', predicted_at)) "
            "FROM training.flight_delay ORDER BY 1"
        ).fetchall()

        assert list(range(3, 91, 3)) == [day for (day,) in days]

    def test_rows(self, connection: duckdb.DuckDBPyConnection) -> None:
        """
        25,776 departures, all labelled.
        """
        counted = connection.execute(
            "SELECT count(*), count(delayed) FROM training.flight_delay"
        ).fetchone()

        assert (25_776, 25_776) == counted

    def test_performance(self, connection: duckdb.DuckDBPyConnection) -> None:
        """
        On days that it has not seen the model is as good as the oracle's: an AUC of .7044.
        """
        rows = connection.execute(
            "SELECT delayed, probability FROM training.flight_delay"
        ).fetchnumpy()

        assert pytest.approx(0.70436, abs=AUC_TOLERANCE) == _auc(rows)


class TestActuals:
    """The table of labels and of when each became known."""

    def test_labels_per_month(self, connection: duckdb.DuckDBPyConnection) -> None:
        """
        In the end every flight that arrived has its label, and no other: as the oracle counts.
        """
        counted = connection.execute(
            "SELECT strftime(predicted_at, '%Y-%m') AS month, count(*), sum(delayed)::INTEGER "
            "FROM predictions.flight_delay JOIN labels USING (prediction_id) GROUP BY ALL"
        ).fetchall()

        expected = {(month, *counts[1:3]) for month, counts in ORACLE.items()}
        assert expected | {("2014-01", 84, 19)} == set(counted)

    @pytest.mark.parametrize("month", ORACLE)
    def test_performance(self, connection: duckdb.DuckDBPyConnection, month: str) -> None:
        """
        The model's AUC is the oracle's within the tolerance, so the story of the year is the same.
        """
        rows = connection.execute(
            "SELECT delayed, probability FROM predictions.flight_delay "
            "JOIN labels USING (prediction_id) WHERE strftime(predicted_at, '%Y-%m') = $month",
            {"month": month},
        ).fetchnumpy()

        assert pytest.approx(ORACLE[month][3], abs=AUC_TOLERANCE) == _auc(rows)

    def test_batches(self, connection: duckdb.DuckDBPyConnection) -> None:
        """
        Labels are written at 06:00 UTC, after the flight has left.
        """
        hours = connection.execute(
            "SELECT DISTINCT strftime(recorded_at, '%H:%M:%S'), recorded_at > predicted_at "
            "FROM actuals.flight_delay JOIN predictions.flight_delay USING (prediction_id)"
        ).fetchall()

        assert [("06:00:00", True)] == hours

    @pytest.mark.parametrize(
        ("days", "known"), [(1, 0.873), (2, 0.925), (4, 0.979), (7, 0.98), (14, 0.985), (29, 1)]
    )
    def test_delay(self, connection: duckdb.DuckDBPyConnection, days: int, known: float) -> None:
        """
        Most labels come next morning, nearly all within four days, the last after four weeks.
        """
        share = connection.execute(
            "SELECT avg((first_at <= predicted_at + to_days($days))::INTEGER) "
            "FROM labels JOIN predictions.flight_delay USING (prediction_id)",
            {"days": days},
        ).fetchone()

        assert share is not None
        assert known == pytest.approx(share[0], abs=0.001)

    def test_revisions(self, connection: duckdb.DuckDBPyConnection) -> None:
        """
        Three labels in a thousand begin as "on time" and are written again three days later.
        """
        revisions = connection.execute(
            "SELECT count(*), max(first), avg(last), min(wait), max(wait) FROM ("
            "SELECT arg_min(delayed, recorded_at) AS first, arg_max(delayed, recorded_at) AS last,"
            " date_diff('hour', min(recorded_at), max(recorded_at)) AS wait "
            "FROM actuals.flight_delay GROUP BY prediction_id HAVING count(*) > 1)"
        ).fetchone()

        assert revisions is not None
        assert 743 == revisions[0]
        assert (0, 72, 72) == (revisions[1], *revisions[3:])
        assert 0.24 == pytest.approx(revisions[2], abs=0.03)


class TestBuildWarehouse:
    """Building it."""

    def test_month(self, year: Path, tmp_path: Path) -> None:
        """
        A build of a month has the rows that the whole year has, and the same model.
        """
        path = tmp_path / "warehouse.duckdb"

        build_warehouse(path, progress=lambda _: None, end=date(2013, 5, 1))

        assert checksum(first_artefact(year)) == checksum(first_artefact(path))
        with duckdb.connect() as connection:
            connection.execute(f"ATTACH '{path}' AS month (READ_ONLY)")
            connection.execute(f"ATTACH '{year}' AS year (READ_ONLY)")
            for table in ("training", "predictions", "actuals"):
                month = connection.table(f"month.{table}.flight_delay")
                assert (
                    [] == month.except_(connection.table(f"year.{table}.flight_delay")).fetchall()
                )
            assert 28_330 == connection.table("month.predictions.flight_delay").shape[0]

    def test_replaces(self, tmp_path: Path) -> None:
        """
        What was there is replaced, each step is announced, and nothing else is left behind.
        """
        path = tmp_path / "warehouse.duckdb"
        path.write_text("an older file")
        said: list[str] = []

        build_warehouse(path, progress=said.append, end=date(2013, 4, 2))

        assert ["Reading", "Training", "Scoring", "Writing"] == [line.split()[0] for line in said]
        assert ["models", "warehouse.duckdb"] == sorted(entry.name for entry in tmp_path.iterdir())
        assert first_artefact(path).is_file()
        with duckdb.connect(str(path), read_only=True) as connection:
            assert connection.table("actuals.flight_delay").shape[0] > 0

    @pytest.mark.skipif(not SHARED.exists(), reason="the oracle's Parquet files are not here")
    @pytest.mark.parametrize(
        ("table", "file"), [("training", "reference"), ("predictions", "predictions")]
    )
    def test_equals_oracle(
        self, connection: duckdb.DuckDBPyConnection, table: str, file: str
    ) -> None:
        """
        Ids, times and features are those of the oracle, row by row.
        """
        columns = ", ".join(FEATURES)
        ours = connection.table(f"{table}.flight_delay")
        theirs = connection.read_parquet(f"{SHARED / file}.parquet")

        different = ours.project(f"prediction_id, predicted_at, {columns}").except_(
            theirs.project(f"prediction_id, ts, {columns}")
        )

        assert [] == different.fetchall()


def _auc(rows: Mapping[str, Any]) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(rows["delayed"], rows["probability"]))
