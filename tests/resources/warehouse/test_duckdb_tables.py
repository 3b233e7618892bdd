"""Tests of files as tables: files that differ, and texts among the numbers of a CSV file."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from resources.warehouse.duckdb import DuckDBWarehouse
from resources.warehouse.lenient import unreadables
from resources.warehouse.relation import Relation
from resources.warehouse.warehouse import read_table

NOON = datetime(2026, 3, 1, 12)  # noqa: DTZ001 - as a naive column holds it


def write(folder: Path, **columns: list[Any]) -> None:
    """Write one more Parquet file with one row for each of the values."""
    number = len(list(folder.glob("*.parquet"))) + 1
    pq.write_table(pa.table(columns), folder / f"day{number}.parquet")


def rows_of(warehouse: DuckDBWarehouse, table: str) -> list[dict[str, Any]]:
    """Return the rows of *table*, in the order of their ids, as a suite sees them."""
    statement = sa.select(*Relation.of(warehouse, table).c)

    return read_table(warehouse, statement).sort_by("id").to_pylist()


def counted(warehouse: DuckDBWarehouse, table: str) -> dict[str, int]:
    """Return how many values of which columns of *table* cannot be read."""
    rows = warehouse.relation(table)
    odd = unreadables(rows.c, warehouse.schema(table).names)
    if not odd:
        return {}
    sums = [sa.func.count(sa.case((flag, 1))).label(name) for name, flag in odd.items()]
    (found,) = read_table(warehouse, sa.select(*sums)).to_pylist()

    return {name: count for name, count in found.items() if count}


class TestParquet:
    """Files of one glob that have columns of different types."""

    def test_one_file(self, tmp_path: Path) -> None:
        """
        A file whose column has another type than in most has nulls there; the others stay.

        Regression: one file with texts made texts of the whole column, for all days.
        """
        write(tmp_path, id=[1], amount=[1.5], visits=[1])
        write(tmp_path, id=[2], amount=["2.5"], visits=[2.5])
        write(tmp_path, id=[3], amount=[None], visits=[3])
        write(tmp_path, id=[4], amount=[4.5], visits=[4])
        warehouse, path = DuckDBWarehouse(), str(tmp_path / "*.parquet")

        assert [
            {"id": 1, "amount": 1.5, "visits": 1},
            {"id": 2, "amount": None, "visits": 2.5},
            {"id": 3, "amount": None, "visits": 3},
            {"id": 4, "amount": 4.5, "visits": 4},
        ] == rows_of(warehouse, path)
        assert [pa.int64(), pa.float64(), pa.float64()] == warehouse.schema(path).types
        assert {"amount": 1} == counted(warehouse, path)

    @pytest.mark.parametrize(
        ("usual", "other"),
        [
            (NOON, 17),
            (date(2026, 3, 1), "2026-03-01"),
            (1.5, NOON),
            (True, "yes"),
            ("Jena", [1, 2]),
            (1.5, {"value": 1.5}),
        ],
    )
    def test_other_type(self, tmp_path: Path, usual: object, other: object) -> None:
        """
        No type of one file stops the others from being read.

        Regression: a number among times stopped every step of every day.
        """
        for number, value in enumerate([other, usual, usual]):
            write(tmp_path, id=[number], value=[value])
        warehouse, path = DuckDBWarehouse(), str(tmp_path / "*.parquet")

        found = [row["value"] for row in rows_of(warehouse, path)]

        assert ([None, usual, usual], {"value": 1}) == (found, counted(warehouse, path))

    def test_mostly_texts(self, tmp_path: Path) -> None:
        """Numbers and times among texts are texts: a class may be written either way."""
        for number, value in enumerate(["pro", "free", 7, date(2026, 3, 1)]):
            write(tmp_path, id=[number], plan=[value])
        warehouse, path = DuckDBWarehouse(), str(tmp_path / "*.parquet")

        found = [row["plan"] for row in rows_of(warehouse, path)]

        assert (["pro", "free", "7", "2026-03-01"], {}) == (found, counted(warehouse, path))

    def test_lost_column(self, tmp_path: Path) -> None:
        """A file may lack a column of which another has the wrong type."""
        write(tmp_path, id=[1], amount=[1.5])
        write(tmp_path, id=[2], amount=[2.5], extra=["x"])
        write(tmp_path, id=[3], amount=["much"])
        write(tmp_path, id=[4])
        warehouse, path = DuckDBWarehouse(), str(tmp_path / "*.parquet")

        assert [
            {"id": 1, "amount": 1.5, "extra": None},
            {"id": 2, "amount": 2.5, "extra": "x"},
            {"id": 3, "amount": None, "extra": None},
            {"id": 4, "amount": None, "extra": None},
        ] == rows_of(warehouse, path)

    def test_folders(self, tmp_path: Path) -> None:
        """What folders are called is a column of its own, of whatever its values are."""
        for region, amount in (("1", 1.5), ("2", "much"), ("north", 3.5)):
            folder = tmp_path / f"region={region}"
            folder.mkdir()
            write(folder, id=[region], amount=[amount])
        warehouse, path = DuckDBWarehouse(), str(tmp_path / "region=*" / "*.parquet")

        assert [(1.5, "1"), (None, "2"), (3.5, "north")] == [
            (row["amount"], row["region"]) for row in rows_of(warehouse, path)
        ]

    def test_new_file(self, tmp_path: Path) -> None:
        """A file that comes later is read as well, and what it changes is known."""
        write(tmp_path, id=[1], amount=[1.5])
        write(tmp_path, id=[2], amount=[2.5])
        warehouse, path = DuckDBWarehouse(), str(tmp_path / "*.parquet")
        assert 2 == len(rows_of(warehouse, path))

        write(tmp_path, id=[3], amount=["much"])

        assert [1.5, 2.5, None] == [row["amount"] for row in rows_of(warehouse, path)]

    def test_no_rows(self, tmp_path: Path) -> None:
        """A file without rows, whose columns have no types, takes nothing away."""
        write(tmp_path, id=[1], amount=[1.5], city=["Jena"], at=[NOON])
        empty = pa.table({name: pa.nulls(0) for name in ("id", "amount", "city", "at")})
        for number in (2, 3):
            pq.write_table(empty, tmp_path / f"day{number}.parquet")
        warehouse, path = DuckDBWarehouse(), str(tmp_path / "*.parquet")

        assert [{"id": 1, "amount": 1.5, "city": "Jena", "at": NOON}] == rows_of(warehouse, path)


class TestCsv:
    """Texts that are not of the type that their column has."""

    def test_late(self, tmp_path: Path) -> None:
        """
        One text after 30,000 numbers is null, and told; so is a fraction among whole numbers.

        Regression: the text stopped every step, and the fraction was rounded.
        """
        lines = [f"{number},{number}.5" for number in range(30_000)]
        path = tmp_path / "rows.csv"
        path.write_text("\n".join(["id,amount", *lines, "30000,much", "30001.5,1"]), "utf-8")
        warehouse = DuckDBWarehouse()

        rows = rows_of(warehouse, str(path))

        assert {"id": 1, "amount": 1} == counted(warehouse, str(path))
        assert (30_002, [None, 1.0]) == (
            len(rows),
            [row["amount"] for row in rows if row["id"] in {None, 30_000}],
        )
        assert sum(range(30_001)) == sum(row["id"] or 0 for row in rows)

    def test_other_notation(self, tmp_path: Path) -> None:
        """What DuckDB understands and a cast would not is left to DuckDB: days first."""
        path = tmp_path / "rows.csv"
        path.write_text("id;day\n1;13/02/2026\n2;01/02/2026\n", "utf-8")

        assert [date(2026, 2, 13), date(2026, 2, 1)] == [
            row["day"] for row in rows_of(DuckDBWarehouse(), str(path))
        ]

    def test_one_file(self, tmp_path: Path) -> None:
        """A text in one of the files does not make texts of the numbers of the others."""
        for number, amount in enumerate(["1.5", "2", "much", "", "4.5"]):
            (tmp_path / f"day{number}.csv").write_text(f"id,amount\n{number},{amount}\n", "utf-8")
        warehouse, path = DuckDBWarehouse(), str(tmp_path / "*.csv")

        assert [1.5, 2, None, None, 4.5] == [row["amount"] for row in rows_of(warehouse, path)]
        assert {"amount": 1} == counted(warehouse, path)

    @pytest.mark.parametrize(
        "text",
        [
            "\ufeffid,amount\r\n1,1.5\r\n2,2.5\r\n",
            'id,"amount"\n"1","1.5"\n"2","2.5"\n',
            "id\tamount\n1\t1.5\n2\t2.5\n",
            "id,amount\n1,1.5\n2,2.5",
        ],
        ids=["bom", "quotes", "tabs", "no last line"],
    )
    def test_dialects(self, tmp_path: Path, text: str) -> None:
        """Byte order marks, Windows' line ends, quotes and tabs are understood."""
        path = tmp_path / "rows.csv"
        path.write_bytes(text.encode())

        assert [{"id": 1, "amount": 1.5}, {"id": 2, "amount": 2.5}] == rows_of(
            DuckDBWarehouse(), str(path)
        )
