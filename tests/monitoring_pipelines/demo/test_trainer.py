"""The demo's trainer under the contract of resources/training.py."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from monitoring.errors import TrainingError
from monitoring.spec.model import Label
from monitoring_pipelines.demo.trainer import score, train
from monitoring_pipelines.demo.warehouse import FEATURES
from resources.training import TrainingRequest, checksum, load_trainer

SKLEARN_METRICS = pytest.importorskip("sklearn.metrics")


@pytest.fixture
def request_of_toys(tmp_path: Path) -> TrainingRequest:
    """Two thousand rows in which AA is late four times in five, and others one time in five."""
    draws = np.random.default_rng(7)
    is_aa = draws.random(2_000) < 0.5
    late = draws.random(2_000) < np.where(is_aa, 0.8, 0.2)
    rows = pa.table(
        {
            "carrier": pa.array(np.where(is_aa, "AA", "UA")),
            "seats": pa.array(draws.integers(50, 300, 2_000), mask=draws.random(2_000) < 0.1),
            "label": pa.array(late.astype(np.int8)),
        }
    )

    return TrainingRequest(
        model="toy",
        version="v2",
        start=date(2013, 4, 1),
        end=date(2013, 5, 31),
        rows=rows,
        features=("carrier", "seats"),
        positive_class=1,
        output=tmp_path,
    )


class TestTrain:
    """What a training delivers."""

    def test_learns(self, request_of_toys: TrainingRequest) -> None:
        """
        Scores are near the rates that made the labels, for nulls and strangers between them.
        """
        trained = train(request_of_toys)

        rows = pa.table({"carrier": ["AA", "UA", "ZZ", None], "seats": [100, None, 100, None]})
        aa, ua, stranger, unknown = score(trained.artefact, rows)
        assert 0.8 == pytest.approx(aa, abs=0.15)
        assert 0.2 == pytest.approx(ua, abs=0.15)
        assert 0 < stranger < 1
        assert 0 < unknown < 1

    def test_delivers(self, request_of_toys: TrainingRequest) -> None:
        """
        The span, the features and honest names for metrics on the training rows come back.
        """
        trained = train(request_of_toys)

        labels = request_of_toys.rows["label"].to_numpy()
        scores = score(trained.artefact, request_of_toys.rows)
        auc = SKLEARN_METRICS.roc_auc_score(labels, scores)
        assert (date(2013, 4, 1), date(2013, 5, 31)) == (trained.trained_from, trained.trained_to)
        assert ("carrier", "seats") == trained.features
        assert 2_000 == trained.metrics["training_rows"]
        assert pytest.approx(labels.mean()) == trained.metrics["training_positive_rate"]
        assert pytest.approx(auc) == trained.metrics["training_roc_auc"]

    def test_reproducible(self, request_of_toys: TrainingRequest, tmp_path: Path) -> None:
        """
        The same rows give the same scores, bit for bit.
        """
        (tmp_path / "again").mkdir()
        first = train(request_of_toys)
        second = train(replace(request_of_toys, output=tmp_path / "again"))

        rows = request_of_toys.rows
        np.testing.assert_array_equal(score(first.artefact, rows), score(second.artefact, rows))
        assert checksum(first.artefact) == checksum(second.artefact)

    def test_unlabelled_rows(self, request_of_toys: TrainingRequest) -> None:
        """
        Rows without a label teach nothing.
        """
        unlabelled = pa.table({"carrier": ["AA"], "seats": [100], "label": pa.nulls(1, pa.int8())})
        rows = pa.concat_tables([request_of_toys.rows, unlabelled])

        assert 2_000 == train(replace(request_of_toys, rows=rows)).metrics["training_rows"]

    @pytest.mark.parametrize("label", [True, "yes"])
    def test_label_types(self, request_of_toys: TrainingRequest, label: Label) -> None:
        """
        The positive class may be a truth value or a word.
        """
        late = request_of_toys.rows["label"].to_numpy() == 1
        labels = late if label is True else np.where(late, "yes", "no")
        rows = request_of_toys.rows.set_column(2, "label", pa.array(labels))

        trained = train(replace(request_of_toys, rows=rows, positive_class=label))

        assert pytest.approx(late.mean()) == trained.metrics["training_positive_rate"]

    @pytest.mark.parametrize("rows", [0, 1])
    def test_one_class(self, request_of_toys: TrainingRequest, rows: int) -> None:
        """
        Labels of one class, or none, are an error that says what to do.
        """
        few = replace(request_of_toys, rows=request_of_toys.rows.slice(0, rows))

        with pytest.raises(TrainingError, match=f"positive of {rows}; take a longer window"):
            train(few)


class TestScore:
    """What scoring answers."""

    def test_no_rows(self, request_of_toys: TrainingRequest) -> None:
        """
        No rows have no scores.
        """
        trained = train(request_of_toys)

        assert 0 == score(trained.artefact, request_of_toys.rows.slice(0, 0)).size

    def test_through_the_contract(self, request_of_toys: TrainingRequest) -> None:
        """
        The reference of the monitor file leads to this trainer.
        """
        module = load_trainer("monitoring_pipelines.demo.trainer:train")

        trained = module.train(request_of_toys)

        assert 2_000 == module.score(trained.artefact, request_of_toys.rows).size


class TestSixtyDays:
    """A retraining as the demo does it."""

    def test_fitted_to_recent_months(
        self, connection: duckdb.DuckDBPyConnection, request_of_toys: TrainingRequest
    ) -> None:
        """
        A model of July and August orders September's flights better than the winter's model.

        Both areas are scikit-learn's: about .71 against .66.
        """
        query = (
            "SELECT p.*, a.delayed AS label FROM predictions.flight_delay p "
            "JOIN (SELECT prediction_id, arg_max(delayed, recorded_at) AS delayed "
            "FROM actuals.flight_delay GROUP BY ALL) a USING (prediction_id) "
            "WHERE predicted_at >= $start AND predicted_at < $end ORDER BY prediction_id"
        )
        summer = connection.sql(
            query, params={"start": date(2013, 7, 3), "end": date(2013, 9, 1)}
        ).to_arrow_table()
        request = replace(request_of_toys, rows=summer, features=FEATURES, end=date(2013, 9, 1))
        trained = train(request)

        september = connection.sql(
            query, params={"start": date(2013, 9, 1), "end": date(2013, 10, 1)}
        ).to_arrow_table()
        labels = september["label"].to_numpy()
        new = SKLEARN_METRICS.roc_auc_score(labels, score(trained.artefact, september))
        old = SKLEARN_METRICS.roc_auc_score(labels, september["probability"].to_numpy())
        assert 0.66 == pytest.approx(old, abs=0.01)
        assert 0.71 == pytest.approx(new, abs=0.01)
