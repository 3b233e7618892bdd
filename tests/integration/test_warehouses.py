"""One model's tables in every warehouse: the measurements are the same."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import duckdb
import pytest

from monitoring.errors import TableNotFoundError
from monitoring.measures.performance import performance_measures
from monitoring.partitions import Partitions
from monitoring.profile.categorical import CategoricalLayout
from monitoring.profile.collecting import merged
from monitoring.profile.grouping import Group, known_values
from monitoring.profile.layout import TableLayout
from monitoring.profile.outcomes.outcomes import empty_outcomes, outcome_layout, outcomes_of
from monitoring.profile.table import TableProfile
from monitoring.reference import table_measures
from monitoring.results import Measure
from monitoring.spec.columns import watched_columns
from monitoring.spec.model import FeatureType, MonitorSpec
from resources.warehouse.collecting import collect_from
from resources.warehouse.duckdb import DuckDBWarehouse
from resources.warehouse.latest_labels import CONFLICTS, RECORDED_AT
from resources.warehouse.open import open_warehouse
from resources.warehouse.picks import segment_name
from resources.warehouse.query import Query, group_keys
from resources.warehouse.warehouse import Warehouse, read_table
from tests.integration import offers
from tests.integration.offers import AS_OF, DAYS, FIRST, ODD

if TYPE_CHECKING:
    from tests.integration.conftest import Place, Tables

#: Numbers that depend on the order in which rows are added, in their last digits.
ROUNDING = 1e-9


@pytest.fixture(scope="module")
def tables() -> "Tables":
    """
    A labelled reference, three days of predictions, and labels that come late or change.
    """
    tables = offers.tables()

    return tables | offers.renamed(tables)


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
    tmp_path_factory: pytest.TempPathFactory,
) -> Mapping[tuple[str, Group], list[Measure]]:
    """
    What is measured when DuckDB reads the tables.
    """
    path = tmp_path_factory.mktemp("expected") / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        for name, table in offers.tables().items():
            connection.register("arrow", table)
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM arrow")  # noqa: S608

    return measured(DuckDBWarehouse(path), offers.spec_of(str))


def quoted(name: str) -> str:
    """Return *name* as a monitor file has it: a path as it is, a table as in SQL."""
    if name.endswith(".parquet"):
        return name
    doubled = name.replace('"', '""')

    return f'"{doubled}"'


class TestMeasurements:
    """What is measured does not depend on where the rows are."""

    @pytest.mark.parametrize("names", ["plain", "odd"])
    def test_same(
        self, place: "Place", names: str, expected: Mapping[tuple[str, Group], list[Measure]]
    ) -> None:
        """
        Counts are equal to the bit, other numbers to the rounding of sums.

        Columns with odd names, revised and conflicting labels, and rows at midnight included; so
        are the same tables under odd names, with odd columns of keys and times in another zone.
        """
        spec = (
            offers.renamed_spec_of(lambda name: quoted(place.name(name)))
            if names == "odd"
            else offers.spec_of(place.name)
        )
        found = measured(open_warehouse(place.url), spec)

        assert set() == set(expected) ^ set(found)
        for key, measures in expected.items():
            assert [(m.column, m.metric, m.rows) for m in measures] == [
                (m.column, m.metric, m.rows) for m in found[key]
            ]
            assert [m.value for m in measures] == pytest.approx(
                [m.value for m in found[key]], rel=ROUNDING, abs=ROUNDING
            )

    def test_times_as_categories(self, place: "Place") -> None:
        """
        The category of a timestamp is its time in UTC, that of a date the day, in the same text.
        """
        warehouse = open_warehouse(place.url)
        times = dict.fromkeys(("closes_at", "since"), FeatureType.CATEGORICAL)
        rows = read_table(
            warehouse, Query(offers.spec_of(place.name), warehouse).reference(tuple(times))
        )
        closes, since = TableLayout.of(rows, times).columns.values()

        assert isinstance(closes, CategoricalLayout)
        assert isinstance(since, CategoricalLayout)
        assert [f"2026-06-{day} {hour}:00:00.000000" for day, hour in offers.CLOSES] == list(
            closes.categories
        )
        assert {10} == {len(day) for day in since.categories}

    def test_conflicts(self, place: "Place") -> None:
        """
        Latest labels of one time that differ are conflicts, also where one of them is null.

        Regression: a null beside a label counted as that label.
        """
        query = Query(offers.spec_of(place.name), open_warehouse(place.url))
        rows = read_table(query.warehouse, query.outcomes(DAYS, as_of=AS_OF)).to_pylist()
        conflicts = [row for row in rows if row[CONFLICTS] == 1]

        assert 20 == len(conflicts)
        assert {(None, None)} == {(row["label"], row[RECORDED_AT]) for row in conflicts}

    def test_rows(self, place: "Place") -> None:
        """
        A suite sees every column of the day, under its name.
        """
        warehouse = open_warehouse(place.url)
        rows = read_table(
            warehouse,
            Query(offers.spec_of(place.name), warehouse).whole_rows(Partitions(DAYS.keys[:1])),
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
        statement = Query(offers.spec_of(place.name), warehouse).label_arrivals(
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
        statement = Query(offers.spec_of(place.name), warehouse).predictions(
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
