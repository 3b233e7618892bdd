"""Repeated, stray and contradicting rows, told apart in every warehouse."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from assets.keys import ACTUALS, DRIFT, PERFORMANCE, PREDICTIONS
from monitoring.measures.exclusions import EXCLUDED_ROWS, Exclusions
from monitoring.partitions import Partitions
from monitoring.profile.excluding import Reason
from monitoring.profile.grouping import Group
from monitoring.reference import Reference
from monitoring.spec.model import MonitorSpec
from monitoring.windows import DAY
from resources.reference_builder import build_reference_of
from resources.warehouse.open import open_warehouse
from resources.warehouse.pulling import pull_outcomes, pull_predictions
from resources.warehouse.query import Query

if TYPE_CHECKING:
    from tests.conftest import MakeWorld, World
    from tests.integration.conftest import Place, Tables

AS_OF = datetime(2026, 4, 1, tzinfo=UTC)
FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAYS = Partitions(("2026-03-01", "2026-03-02"))
FIRST_DAY = date(2026, 1, 1)
INSTANT = pa.timestamp("us", "UTC")

#: id, hours after the first noon, amount, score.
MADE: list[tuple[str | None, float | None, float, float | None]] = [
    ("good", 0, 1.0, 0.5),
    # Of another day, so it is another prediction.
    ("good", 24, 1.0, 0.5),
    ("copied", 1, 2.0, 0.25),
    ("copied", 1, 2.0, 0.25),
    ("copied", 1, 2.0, 0.25),
    ("contradicted", 2, 3.0, 0.5),
    ("contradicted", 2, 3.5, 0.5),
    # Nobody's copies.
    (None, 3, 4.0, 0.75),
    (None, 3, 4.0, 0.75),
    ("timeless", None, 5.0, 0.5),
    ("far", 24 * 3650, 5.0, 0.5),
    ("early", 25, 6.0, 0.5),
    ("unsure", 26, 6.0, 0.5),
    ("unscored", 27, 6.0, None),
    ("overscored", 28, 6.0, 1.5),
]

#: id, label, hours after the first noon.
TOLD: list[tuple[str, int, float | None]] = [
    ("good", 1, 30),
    ("copied", 0, 30),
    ("contradicted", 1, 30),
    ("early", 1, 24.5),
    ("unsure", 1, 30),
    ("unsure", 0, 30),
    ("nobody", 1, 1),
    ("no one", 0, 30),
    ("no man", 0, 31),
    ("early", 1, None),
    ("good", 0, 24 * 3650),
]


@pytest.fixture(scope="module")
def tables() -> "Tables":
    """
    A reference, and predictions and actuals with everything that can be wrong with their ids.
    """

    def moments(hours: list[float | None]) -> "pa.Array[pa.TimestampScalar]":
        found = [None if hour is None else FIRST + timedelta(hours=hour) for hour in hours]
        return pa.array(found, INSTANT)

    ids, hours, amounts, scores = zip(*MADE, strict=True)
    known, labels, recorded = zip(*TOLD, strict=True)
    rows = 50

    return {
        "predictions": pa.table(
            {
                "id": pa.array(ids, pa.string()),
                "at": moments(list(hours)),
                "amount": pa.array(amounts, pa.float64()),
                "score": pa.array(scores, pa.float64()),
            }
        ),
        "actuals": pa.table(
            {
                "id": pa.array(known),
                "label": pa.array(labels, pa.int64()),
                "recorded": moments(list(recorded)),
            }
        ),
        "numbered": pa.table(
            {
                "id": pa.array([1, 2, 3], pa.int64()),
                "at": moments([0, 0, 0]),
                "amount": pa.array([1.0, 2.0, 3.0]),
                "score": pa.array([0.25, 0.5, 0.75]),
            }
        ),
        "told": pa.table(
            {
                "id": pa.array(["1", "2", "4"]),
                "label": pa.array([True, False, True]),
                "recorded": moments([30, 30, 1]),
            }
        ),
        "lots": pa.table(
            {
                "id": pa.array(["1", "2", "3"]),
                "lot": pa.array([7, 7, 8], pa.int64()),
                "amount": pa.array([1.0, 2.0, 3.0]),
                "score": pa.array([0.25, 0.5, 0.75]),
            }
        ),
        "lot_labels": pa.table(
            {
                "id": pa.array([1, 2, 4, 5, 6, 9], pa.int64()),
                "lot": pa.array([7, 7, 7, 8, 8, 9], pa.int64()),
                "label": pa.array([1, 0, 1, 0, 1, 0], pa.int64()),
                "recorded": moments([30, 30, 30, 30, 24 * 300, 30]),
            }
        ),
        # Its scores are texts, and neither version nor segment nor prediction is there.
        "poor": pa.table(
            {
                "id": pa.array(["1", "2", "3"]),
                "at": moments([0, 0, 0]),
                "amount": pa.array([1.0, 2.0, 3.0]),
                "score": pa.array(["high", "low", "high"]),
            }
        ),
        # Answers that are not there, or that the reference does not know.
        "answered": pa.table(
            {
                "id": pa.array(["1", "2", "3"]),
                "at": moments([0, 0, 0]),
                "amount": pa.array([1.0, 2.0, 3.0]),
                "said": pa.array([1, None, 7], pa.int64()),
            }
        ),
        "training": pa.table(
            {
                "amount": pa.array([float(row) for row in range(rows)]),
                "score": pa.array([row / rows for row in range(rows)]),
                "said": pa.array([row % 2 for row in range(rows)], pa.int64()),
                "plan": pa.array(["free", "pro"] * (rows // 2)),
                "label": pa.array([row % 2 for row in range(rows)], pa.int64()),
            }
        ),
    }


def spec_of(
    place: "Place", predictions: str = "predictions", actuals: str = "actuals"
) -> MonitorSpec:
    """Return the monitor of the tables at *place*."""
    return MonitorSpec.model_validate(
        {
            "model": "nasty",
            "task": "binary_classification",
            "positive_class": 1,
            "start": "2026-03-01",
            "predictions": {
                "table": place.name(predictions),
                "id": "id",
                "timestamp": "at",
                "score": "score",
            },
            "actuals": {
                "table": place.name(actuals),
                "id": "id",
                "label": "label",
                "timestamp": "recorded",
                "delay": "1d",
            },
            "reference": {"table": place.name("training"), "label": "label"},
            "features": ["amount"],
            "quality": {"generate": False},
        }
    )


def counted(exclusions: Exclusions) -> dict[Reason, int]:
    """Return the reasons that there are, and how many rows each took."""
    return {reason: count for reason, count in exclusions.counts.items() if count}


@pytest.fixture(scope="module")
def query(place: "Place") -> Query:
    """
    The queries of the tables at *place*.
    """
    return Query(spec_of(place), open_warehouse(place.url))


@pytest.fixture(scope="module")
def reference(query: Query) -> Reference:
    """
    What the training table says, learnt once for all tests of a place.
    """
    return build_reference_of(query, as_of=AS_OF, fixed={})


class TestExclusions:
    """Each row is counted once, or told of."""

    def test_all(self, query: Query, reference: Reference) -> None:
        """
        Copies count once; contradictions, strays and broken scores do not, and are told by reason.

        A day alone says the same as a day of a range.
        """
        rows = pull_predictions(query, reference.layout, DAYS, as_of=AS_OF)
        outcomes = pull_outcomes(query, reference, DAYS, as_of=AS_OF)
        alone = pull_predictions(query, reference.layout, Partitions(DAYS.keys[:1]), as_of=AS_OF)

        first, second = (Group(day) for day in DAYS.keys)
        # good, copied, and two without an id; good, early, unsure, unscored, overscored
        assert (4, 5) == (rows.profiles[first].rows, rows.profiles[second].rows)
        assert {Reason.DUPLICATE_ID: 2, Reason.CONFLICTING_ID: 2} == counted(
            rows.excluded["2026-03-01"]
        )
        assert (
            "1 ids, such as 'contradicted'"
            == (rows.excluded["2026-03-01"].details[Reason.CONFLICTING_ID])
        )
        assert 4 == alone.profiles[first].rows
        assert Reason.DUPLICATE_ID in alone.excluded["2026-03-01"].counts
        assert {Reason.MISSING_TIMESTAMP: 1, Reason.FUTURE_TIMESTAMP: 1} == counted(
            rows.excluded["2026-03-02"]
        )
        assert (4, 3) == (outcomes.profiles[first].rows, outcomes.profiles[second].rows)
        assert {Reason.ORPHAN_LABEL: 1} == counted(outcomes.excluded["2026-03-01"])
        assert {
            Reason.MISSING_SCORE: 1,
            Reason.INVALID_SCORE: 1,
            Reason.LABEL_BEFORE_PREDICTION: 1,
            Reason.CONFLICTING_LABEL: 1,
            Reason.ORPHAN_LABEL: 2,
            Reason.MISSING_LABEL_TIME: 1,
            Reason.FUTURE_LABEL_TIME: 1,
        } == counted(outcomes.excluded["2026-03-02"])

    def test_types(self, place: "Place", query: Query, reference: Reference) -> None:
        """
        Ids that are numbers here and texts there are the same ids; labels may be booleans.
        """
        numbered = Query(spec_of(place, "numbered", "told"), query.warehouse)

        found = pull_outcomes(numbered, reference, DAYS, as_of=AS_OF)

        outcomes = found.profiles[Group(DAYS.keys[0])]
        assert (3, {Reason.ORPHAN_LABEL: 1}) == (
            outcomes.rows,
            counted(found.excluded[DAYS.keys[0]]),
        )
        labels = outcomes.outcomes.cells.sum(axis=(0, 2)).tolist()  # type: ignore[union-attr]
        assert [1, 1, 1] == labels

    @pytest.mark.parametrize(
        ("table", "answers", "found"),
        [
            ("poor", {"score": "score"}, {Reason.MISSING_SCORE: 3}),
            ("poor", {"score": "score", "prediction": "said"}, {Reason.MISSING_PREDICTION: 3}),
            (
                "answered",
                {"score": "score", "prediction": "said"},
                {Reason.MISSING_PREDICTION: 1, Reason.UNKNOWN_PREDICTION: 1},
            ),
        ],
    )
    def test_lost_columns(
        self, place: "Place", table: str, answers: dict[str, str], found: dict[Reason, int]
    ) -> None:
        """
        A day that has lost columns is counted by what it has, and the rest is told.

        Regression: a lost version, segment, score or prediction stopped all performance.
        """
        spec = spec_of(place)
        told = spec.predictions.model_copy(update={"score": None, "version": "v", **answers})
        whole = spec.model_copy(update={"predictions": told, "segments": ["plan"]})
        learnt = build_reference_of(Query(whole, open_warehouse(place.url)), as_of=AS_OF, fixed={})
        lost = whole.model_copy(
            update={"predictions": told.model_copy(update={"table": place.name(table)})}
        )
        query = Query(lost, open_warehouse(place.url))
        first = Partitions(DAYS.keys[:1])

        pulled = pull_outcomes(query, learnt, first, as_of=AS_OF)
        excluded = counted(pulled.excluded["2026-03-01"])
        excluded.pop(Reason.ORPHAN_LABEL, None)
        labels = {Reason.MISSING_LABEL_TIME, Reason.FUTURE_LABEL_TIME}

        assert found == {why: rows for why, rows in excluded.items() if why not in labels}
        rows = 0 if Reason.MISSING_SCORE in found else 3
        assert rows == pulled.profiles[Group("2026-03-01")].rows

    @pytest.mark.parametrize(
        ("timestamp", "found"),
        [("recorded", {"7": 1, "8": 1}), (None, {"7": 1, "8": 2})],
    )
    def test_batches(
        self, place: "Place", reference: Reference, timestamp: str | None, found: dict[str, int]
    ) -> None:
        """
        Labels that name their batch are orphans of it, as far as they are known by then.
        """
        spec = spec_of(place, "lots", "lot_labels")
        told = spec.predictions.model_copy(update={"batch": "lot", "timestamp": None})
        assert spec.actuals is not None
        actuals = spec.actuals.model_copy(update={"timestamp": timestamp})
        lots = spec.model_copy(update={"predictions": told, "actuals": actuals})
        query = Query(lots, open_warehouse(place.url))

        pulled = pull_outcomes(query, reference, Partitions(("7", "8"), by_batch=True), as_of=AS_OF)

        assert found == {
            key: excluded.counts[Reason.ORPHAN_LABEL] for key, excluded in pulled.excluded.items()
        }

    def test_no_ids(self, query: Query, reference: Reference) -> None:
        """
        Without the column of ids nothing is repeated, and the rows are read all the same.
        """
        spec = query.spec
        lost = spec.model_copy(
            update={"predictions": spec.predictions.model_copy(update={"id": "gone"})}
        )

        found = pull_predictions(Query(lost, query.warehouse), reference.layout, DAYS, as_of=AS_OF)

        assert [8, 5] == [found.profiles[Group(day)].rows for day in DAYS.keys]


class TestRun:
    """What a run writes of a day with such rows."""

    def test_nothing_else(self, make_learnt: "MakeWorld") -> None:
        """
        Rows that do not count are told of, and every other number is that of the rows that do.
        """
        world = make_learnt()
        world.sql("INSERT INTO predictions SELECT * FROM predictions WHERE id = '2026-01-01-7'")
        world.sql(
            "INSERT INTO predictions SELECT * REPLACE (amount + 1 AS amount) FROM predictions"
            " WHERE id IN ('2026-01-01-8', '2026-01-01-9')"
        )
        world.sql("INSERT INTO actuals VALUES ('nobody', 1, '2026-01-02 06:00:00+00')")
        world.sql(
            "UPDATE actuals SET recorded = recorded - INTERVAL 1 DAY WHERE id = '2026-01-01-10'"
        )
        steps, days = (PREDICTIONS, DRIFT, ACTUALS, PERFORMANCE), (FIRST_DAY, FIRST_DAY + DAY)
        assert () == world.runner.days(world.spec, steps, *days).failures
        told, numbers = split(world)

        assert {
            ("2026-01-01", "duplicate_id", 1.0),
            ("2026-01-01", "conflicting_id", 4.0),
            ("2026-01-01", "label_before_prediction", 1.0),
            ("2026-01-02", "orphan_label", 1.0),
        } == told

        world.sql(
            "CREATE TABLE kept AS SELECT DISTINCT * FROM predictions"
            " WHERE id NOT IN ('2026-01-01-8', '2026-01-01-9')"
        )
        world.sql("DROP TABLE predictions")
        world.sql("ALTER TABLE kept RENAME TO predictions")
        world.sql(
            "DELETE FROM actuals WHERE id IN"
            " ('nobody', '2026-01-01-8', '2026-01-01-9', '2026-01-01-10')"
        )
        assert () == world.runner.days(world.spec, steps, *days).failures

        assert (set(), numbers) == split(world)


def split(world: "World") -> tuple[set[tuple[str, str, float | None]], dict[object, object]]:
    """Return what was excluded, and all other numbers of drift and performance by their key."""
    rows = [*world.measured(step=DRIFT), *world.measured(step=PERFORMANCE)]
    excluded = world.measured(metric=EXCLUDED_ROWS)

    return {(row.window_start, row.column, row.value) for row in excluded}, {
        (row.window, row.window_start, row.version, row.segment, row.column, row.metric): (
            None if row.value is None else round(row.value, 9),
            row.rows,
        )
        for row in rows
    }
