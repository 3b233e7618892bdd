"""Tests of learning a reference a few columns at a time, on real Parquet files."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from monitoring.profile.edges import NumericLayout
from monitoring.profile.layout import RefusedLayout, TableLayout
from monitoring.quality.summary import summarise_columns
from monitoring.spec.model import FeatureType
from resources.reference_columns import NUMBERS_PER_READ, count_rows, learn_columns
from resources.warehouse.duckdb import DuckDBWarehouse
from resources.warehouse.warehouse import Statement, read_compact

NUMERIC, CATEGORICAL = FeatureType.NUMERIC, FeatureType.CATEGORICAL

ROWS = 300_000
RANDOM = np.random.default_rng(2)
TABLE = pa.table(
    {
        "amount": pa.array(RANDOM.lognormal(size=ROWS), mask=RANDOM.random(ROWS) < 0.1),
        "colour": pa.array(RANDOM.choice(np.array(["red", "", None]), ROWS)),
        "age": pa.array(RANDOM.integers(18, 90, ROWS)),
        "score": pa.array(np.where(RANDOM.random(ROWS) < 0.3, 0.0, RANDOM.random(ROWS))),
    }
)
TYPES = {"amount": NUMERIC, "colour": CATEGORICAL, "age": NUMERIC, "score": NUMERIC}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the path of `TABLE` as a Parquet file of several row groups."""
    file = tmp_path_factory.mktemp("reference") / "reference.parquet"
    pq.write_table(TABLE, file, row_group_size=100_000)

    return str(file)


class CountingWarehouse(DuckDBWarehouse):
    """Counts the columns of each statement that it streams."""

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        #: The names that were asked for together.
        self.asked: list[list[str]] = []

    def stream(self, statement: Statement):  # type: ignore[no-untyped-def]  # noqa: ANN201 - as above
        """Note the columns of *statement* and stream it."""
        self.asked.append([column.name for column in statement.selected_columns])
        return super().stream(statement)


class TestLearnColumns:
    """Tests of what is learnt, and in how many reads."""

    @pytest.mark.parametrize("rows", [ROWS, NUMBERS_PER_READ], ids=["one read", "many reads"])
    def test_as_of_the_whole_table(self, path: str, rows: int) -> None:
        """
        However few columns are read at a time, layout and summaries are those of the whole table.
        """
        warehouse = DuckDBWarehouse()
        statement = sa.select(*warehouse.relation(path).c)

        columns = learn_columns(warehouse, statement, TYPES, rows=rows)

        assert TableLayout.of(TABLE, TYPES).fingerprint == columns.layout.fingerprint
        assert summarise_columns(TABLE, TYPES) == list(columns.summaries)

    def test_reads(self, path: str) -> None:
        """
        A long reference is read one number at a time, with all texts in the first read.
        """
        warehouse = CountingWarehouse()
        statement = sa.select(*warehouse.relation(path).c)

        learn_columns(warehouse, statement, TYPES, rows=NUMBERS_PER_READ)

        assert [["colour", "amount"], ["age"], ["score"]] == warehouse.asked

    def test_computed(self, path: str) -> None:
        """
        A computed number is expected as it is stored: the age of a time has a range, it has none.
        """
        warehouse = DuckDBWarehouse()
        statement = sa.select(*warehouse.relation(path).c)
        stored = {"age": pa.timestamp("us", "UTC")}

        columns = learn_columns(warehouse, statement, {"age": NUMERIC}, rows=ROWS, stored=stored)

        assert isinstance(columns.layout.columns["age"], NumericLayout)
        assert not columns.layout.columns["age"].temporal
        assert [("timestamp[us, tz=UTC]", None)] == [
            (summary.arrow_type, summary.minimum) for summary in columns.summaries
        ]

    def test_column_that_is_not_there(self, path: str) -> None:
        """
        A column that the reference lacks is refused; nothing is expected of it.
        """
        warehouse = DuckDBWarehouse()
        statement = sa.select(*warehouse.relation(path).c)

        columns = learn_columns(warehouse, statement, {"lost": NUMERIC, "age": NUMERIC}, rows=ROWS)

        lost = columns.layout.columns["lost"]
        assert isinstance(lost, RefusedLayout)
        assert "0 columns" in lost.reason
        assert ["age"] == [summary.name for summary in columns.summaries]


class TestCountRows:
    """Tests of counting what a statement selects."""

    def test_with_condition(self, path: str) -> None:
        """
        Only the rows that the statement selects are counted.
        """
        warehouse = DuckDBWarehouse()
        rows = warehouse.relation(path)
        statement = sa.select(rows.c.age).where(rows.c.age < 40)

        expected = int((TABLE["age"].to_numpy() < 40).sum())

        assert (ROWS, expected) == (
            count_rows(warehouse, sa.select(*rows.c)),
            count_rows(warehouse, statement),
        )


class TestReadCompact:
    """Tests of tables whose texts take four bytes a row."""

    def test_same_values(self, path: str) -> None:
        """
        Texts come as one dictionary, nulls among them; numbers as they are.
        """
        warehouse = DuckDBWarehouse()
        rows = warehouse.relation(path)

        table = read_compact(warehouse, sa.select(rows.c.colour, rows.c.age))

        assert pa.types.is_dictionary(table["colour"].type)
        assert TABLE["colour"].to_pylist() == table["colour"].to_pylist()
        assert TABLE["age"].to_pylist() == table["age"].to_pylist()
