"""One model's tables in every warehouse: the measurements are the same."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from monitoring.errors import TableNotFoundError
from monitoring.measures.performance import performance_measures
from monitoring.partitions import Partitions
from monitoring.profile.collecting import merged
from monitoring.profile.grouping import Group, known_values
from monitoring.profile.layout import TableLayout
from monitoring.profile.outcomes.outcomes import empty_outcomes, outcome_layout, outcomes_of
from monitoring.profile.table import TableProfile
from monitoring.reference import table_measures
from monitoring.results import Measure
from monitoring.spec.columns import watched_columns
from monitoring.spec.model import MonitorSpec
from resources.warehouse.collecting import collect_from
from resources.warehouse.duckdb import DuckDBWarehouse
from resources.warehouse.open import open_warehouse
from resources.warehouse.query import RECORDED_AT, Query, group_keys, segment_name
from resources.warehouse.warehouse import Warehouse, read_table

if TYPE_CHECKING:
    from tests.integration.conftest import Place, Tables

FIRST = datetime(2026, 3, 28, tzinfo=UTC)
DAYS = Partitions(("2026-03-28", "2026-03-29", "2026-03-30"))
AS_OF = datetime(2026, 4, 3, 12, tzinfo=UTC)
ROWS = 900

#: Names that break whatever is put together by hand.
ODD = ['say "hi"', "it's", "größe 🌡️", "select", "a;drop table x--", "100%", "a.b", "$1 :x ?"]

#: Numbers that depend on the order in which rows are added, in their last digits.
ROUNDING = 1e-9


@pytest.fixture(scope="module")
def tables() -> "Tables":
    """
    A labelled reference, three days of predictions, and labels that come late or change.
    """
    generator = np.random.default_rng(4)
    predictions = _rows(generator, ROWS)
    identities = predictions["prediction_id"].to_pylist()
    labels = [int(value) for value in generator.random(ROWS) < 0.4]

    return {
        "predictions": predictions.drop_columns(["label"]),
        "training": _rows(generator, ROWS),
        "actuals": _actuals(identities, labels),
    }


def _rows(generator: np.random.Generator, rows: int) -> pa.Table:
    seconds = np.sort(generator.integers(0, 3 * 86_400 * 1000, rows)) / 1000
    # The first and the last moment of a day belong to it.
    seconds[:4] = [0, 86_399.999, 86_400, 3 * 86_400 - 0.001]
    numbers = {
        "amount": pa.array(generator.normal(10, 3, rows), mask=generator.random(rows) < 0.05),
        "items": pa.array(generator.poisson(3, rows)),
        "score": pa.array(generator.random(rows).round(3)),
    }
    columns = {
        "prediction_id": pa.array([f"p-{number}" for number in range(rows)]),
        "predicted_at": pa.array(
            [FIRST + timedelta(seconds=float(value)) for value in seconds],
            pa.timestamp("us", "UTC"),
        ),
        **numbers,
        "rate": pa.array(
            [Decimal(int(value)) / 4 for value in numbers["items"].to_pylist()], pa.decimal128(8, 2)
        ),
        "member": pa.array(generator.random(rows) < 0.3),
        "since": pa.array(
            [
                date(2020, 1, 1) + timedelta(days=int(value))
                for value in generator.integers(0, 900, rows)
            ]
        ),
        "city": pa.array(generator.choice(["Köln", "O'Hare", "東京", "", "null"], rows).tolist()),
        "version": pa.array(generator.choice(["v1", "v2"], rows).tolist()),
        "label": pa.array((generator.random(rows) < 0.4).astype(int)),
    }
    columns |= {name: pa.array(generator.normal(0, 1, rows)) for name in ODD}

    return pa.table(columns)


def _actuals(identities: list[str], labels: list[int]) -> pa.Table:
    """Return a label for each but the last hundred; the first fifty are revised, ten conflict."""
    early, late = AS_OF - timedelta(days=1), AS_OF - timedelta(hours=1)
    rows = [(key, label, early) for key, label in zip(identities[:-100], labels, strict=False)]
    rows += [(key, 1 - label, late) for key, label, _ in rows[:50]]
    rows += [(key, 1 - label, when) for key, label, when in rows[60:70]]
    rows += [(key, label, AS_OF + timedelta(seconds=1)) for key, label, _ in rows[100:110]]
    keys, values, times = zip(*rows, strict=True)

    return pa.table(
        {
            "prediction_id": pa.array(keys),
            "label": pa.array(values, pa.int64()),
            "recorded_at": pa.array(times, pa.timestamp("us", "UTC")),
        }
    )


def spec_of(place: "Place", **predictions: object) -> MonitorSpec:
    """Return the monitor of the model whose tables are at *place*."""
    columns: dict[str, object] = {
        "table": place.name("predictions"),
        "id": "prediction_id",
        "timestamp": "predicted_at",
        "score": "score",
        "version": "version",
    }

    return MonitorSpec.model_validate(
        {
            "model": "offers",
            "task": "binary_classification",
            "positive_class": 1,
            "start": FIRST.date(),
            "predictions": columns | predictions,
            "actuals": {
                "table": place.name("actuals"),
                "id": "prediction_id",
                "label": "label",
                "timestamp": "recorded_at",
                "delay": "1d",
            },
            "reference": {"table": place.name("training"), "label": "label"},
            "segments": ["city"],
            "features": ["amount", "items", "rate", "member", "since", "city", *ODD],
        }
    )


def measured(warehouse: Warehouse, spec: MonitorSpec) -> dict[tuple[str, Group], list[Measure]]:
    """Return what is measured of each group of rows, read as the assets read them."""
    query = Query(spec, warehouse)
    types = watched_columns(spec, warehouse.schema(query.reference_table))
    rows = read_table(warehouse, query.reference(types))
    layout = TableLayout.of(rows, types)
    empty = TableProfile.empty(layout)
    profile_of = partial(TableProfile.of, layout=layout)
    normal = merged(map(profile_of, rows.to_batches()), empty=empty)
    profiles = collect_from(
        warehouse,
        query.predictions(layout.columns, DAYS),
        group_keys(spec),
        profile_of,
        empty=empty,
        partitions=DAYS.keys,
    )
    answers = read_table(warehouse, query.reference_outcomes(as_of=AS_OF))
    labelled = outcome_layout(spec.task, answers, positive_class=spec.positive_class)
    cities = known_values(answers, segment_name("city"))
    outcomes = collect_from(
        warehouse,
        query.outcomes(DAYS, as_of=AS_OF),
        group_keys(spec, {"city": cities}),
        partial(outcomes_of, layout=labelled),
        empty=empty_outcomes(labelled),
        partitions=DAYS.keys,
    )

    return {
        **{("drift", key): table_measures(normal, found) for key, found in profiles.items()},
        **{("outcomes", key): performance_measures(found) for key, found in outcomes.items()},
    }


@pytest.fixture(scope="module")
def expected(
    tables: "Tables", tmp_path_factory: pytest.TempPathFactory
) -> Mapping[tuple[str, Group], list[Measure]]:
    """
    What is measured when DuckDB reads the tables.
    """
    path = tmp_path_factory.mktemp("expected") / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        for name, table in tables.items():
            connection.register("arrow", table)
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM arrow")  # noqa: S608
    place = type("At", (), {"name": staticmethod(str)})

    return measured(DuckDBWarehouse(path), spec_of(place()))


class TestMeasurements:
    """What is measured does not depend on where the rows are."""

    def test_same(
        self, place: "Place", expected: Mapping[tuple[str, Group], list[Measure]]
    ) -> None:
        """
        Counts are equal to the bit, other numbers to the rounding of sums.

        Columns with odd names, revised and conflicting labels, and rows at midnight included.
        """
        found = measured(open_warehouse(place.url), spec_of(place))

        assert set() == set(expected) ^ set(found)
        for key, measures in expected.items():
            assert [(m.column, m.metric, m.rows) for m in measures] == [
                (m.column, m.metric, m.rows) for m in found[key]
            ]
            assert [m.value for m in measures] == pytest.approx(
                [m.value for m in found[key]], rel=ROUNDING, abs=ROUNDING
            )

    def test_rows(self, place: "Place") -> None:
        """
        A suite sees every column of the day, under its name.
        """
        warehouse = open_warehouse(place.url)
        rows = read_table(
            warehouse, Query(spec_of(place), warehouse).whole_rows(Partitions(DAYS.keys[:1]))
        )

        assert set(ODD) < set(rows.column_names)
        assert [FIRST, FIRST + timedelta(days=1, milliseconds=-1)] == [
            min(rows["predicted_at"].to_pylist()),
            max(rows["predicted_at"].to_pylist()),
        ]

    def test_arrivals(self, place: "Place") -> None:
        """
        Labels that came after a watermark touch their predictions' days.
        """
        warehouse = open_warehouse(place.url)
        statement = Query(spec_of(place), warehouse).label_arrivals(
            since=AS_OF - timedelta(hours=2), until=AS_OF
        )
        assert statement is not None

        found = read_table(warehouse, statement)

        assert [AS_OF - timedelta(hours=1)] == found[RECORDED_AT].unique().to_pylist()

    def test_no_rows(self, place: "Place") -> None:
        """
        A day without rows keeps its columns.
        """
        warehouse = open_warehouse(place.url)
        statement = Query(spec_of(place), warehouse).predictions(
            ["amount", *ODD], Partitions(("1999-01-01",))
        )

        assert (0, {"amount", *ODD}) == (
            read_table(warehouse, statement).num_rows,
            set(read_table(warehouse, statement).column_names) - {"__partition__", "__version__"},
        )

    def test_missing_table(self, place: "Place") -> None:
        """
        A table that is not there is named.
        """
        name = place.name("prediction")

        with pytest.raises(TableNotFoundError, match="prediction") as raised:
            open_warehouse(place.url).schema(name)
        assert name == raised.value.table
