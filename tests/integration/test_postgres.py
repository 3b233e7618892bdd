"""resources.warehouse.postgres, on a real server."""

import operator
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from monitoring.errors import TableNotFoundError, WarehouseError
from monitoring.spec.model import MonitorSpec
from resources.sql_rows import rows_in_database
from resources.warehouse.ages import elapsed_days
from resources.warehouse.inspection import find_facts
from resources.warehouse.latest_labels import comparable
from resources.warehouse.postgres import PostgresWarehouse
from resources.warehouse.time import TimeColumn
from resources.warehouse.warehouse import read_table

DAY = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def run(database: sa.URL) -> Callable[..., None]:
    """
    Run statements in the database.
    """

    def execute(*statements: str) -> None:
        engine = sa.create_engine(database, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    return execute


@pytest.fixture
def warehouse(database: sa.URL) -> PostgresWarehouse:
    """
    The database as a warehouse.
    """
    return PostgresWarehouse(database.render_as_string(hide_password=False))


def one_day(warehouse: PostgresWarehouse, table: str, column: str = "at") -> sa.Select[Any]:
    """Select the rows of 2 March."""
    rows = warehouse.relation(table)
    time = TimeColumn(rows.c[column])

    return sa.select(rows.c[column], time.day.label("day")).where(
        time.compare(operator.ge, DAY), time.compare(operator.lt, DAY + timedelta(days=1))
    )


class TestPlan:
    """The day is found without reading the table."""

    @pytest.mark.parametrize("kind", ["timestamptz", "timestamp", "date"])
    def test_index(self, warehouse: PostgresWarehouse, run: Callable[..., None], kind: str) -> None:
        """
        An index on the timestamp is used, of each type.
        """
        run(
            f"CREATE TABLE seen (at {kind}, x float8)",
            "INSERT INTO seen SELECT timestamptz '2026-01-01 00:00Z' + n * interval '1 minute', n "
            "FROM generate_series(1, 200000) n",
            "CREATE INDEX by_time ON seen (at)",
            "ANALYZE seen",
        )
        plan = warehouse.plan(one_day(warehouse, "seen"))

        assert "by_time" in plan
        assert "Seq Scan" not in plan
        assert read_table(warehouse, one_day(warehouse, "seen")).num_rows == 1440

    def test_partitions(self, warehouse: PostgresWarehouse, run: Callable[..., None]) -> None:
        """
        Of a table partitioned by day, the other days are not looked at.
        """
        run(
            "CREATE TABLE seen (at timestamptz) PARTITION BY RANGE (at)",
            *(
                f"CREATE TABLE seen_{day} PARTITION OF seen FOR VALUES "
                f"FROM ('2026-03-0{day} 00:00Z') TO ('2026-03-0{day + 1} 00:00Z')"
                for day in (1, 2, 3)
            ),
        )
        plan = warehouse.plan(one_day(warehouse, "seen"))

        assert "seen_2" in plan
        assert "Subplans Removed: 2" in plan


class TestStream:
    """Rows, and what surrounds them."""

    def test_batches(self, warehouse: PostgresWarehouse, run: Callable[..., None]) -> None:
        """
        Many rows come in several batches, each once.
        """
        run("CREATE TABLE many AS SELECT n, 'x' || n AS t FROM generate_series(1, 1000000) n")
        rows = warehouse.relation("many")
        batches = list(warehouse.stream(sa.select(rows.c.n, rows.c.t)))

        assert len(batches) > 1
        assert 500_000_500_000 == sum(sum(batch["n"].to_pylist()) for batch in batches)

    def test_abandoned(self, warehouse: PostgresWarehouse, run: Callable[..., None]) -> None:
        """
        A reader that stops early leaves no connection behind.
        """
        run("CREATE TABLE many AS SELECT n FROM generate_series(1, 1000000) n")
        rows = warehouse.relation("many")
        stream = warehouse.stream(sa.select(rows.c.n))
        next(stream)
        stream.close()  # type: ignore[attr-defined]
        others = warehouse.relation("pg_catalog.pg_stat_activity")
        query = sa.select(sa.func.count().label("n")).where(others.c.query.like("%many%"))

        assert [{"n": 0}] == read_table(
            warehouse,
            query.where(others.c.pid != sa.func.pg_backend_pid(), others.c.state != "idle"),
        ).to_pylist()

    def test_values(self, warehouse: PostgresWarehouse, run: Callable[..., None]) -> None:
        """
        Values of every type arrive as they are, and none is part of the statement.
        """
        odd = ["it's", '"; DROP TABLE t; --', "%(x)s", "$1", "\\", "größe 🌡️", ""]
        run("CREATE TABLE t (t text, b bool, d date, n numeric)")
        rows = warehouse.relation("t")
        literal = sa.select(
            *(sa.literal(value).label(f"v{number}") for number, value in enumerate(odd)),
            sa.literal(True).label("flag"),  # noqa: FBT003 - a value
            sa.literal(DAY.date()).label("date"),
            sa.literal(1.5).label("number"),
            sa.literal("x").in_(["y", "x"]).label("among"),
            sa.literal("x").not_in(["y", "x"]).label("outside"),
            sa.literal("x").in_([]).label("nowhere"),
        )
        expected = dict(zip([f"v{number}" for number in range(len(odd))], odd, strict=True))

        assert [
            expected
            | {"flag": True, "date": DAY.date(), "number": 1.5}
            | {"among": True, "outside": False, "nowhere": False}
        ] == read_table(warehouse, literal).to_pylist()
        assert 0 == read_table(warehouse, sa.select(rows.c.t).where(rows.c.t == odd[1])).num_rows

    def test_types(self, warehouse: PostgresWarehouse, run: Callable[..., None]) -> None:
        """
        Numbers are numbers, and what only PostgreSQL knows is text.
        """
        run(
            "CREATE TYPE mood AS ENUM ('sad', 'happy')",
            "CREATE DOMAIN share AS float8",
            "CREATE TABLE t AS SELECT 1.10::numeric(8, 2) AS price, 'NaN'::numeric AS nothing, "
            "'happy'::mood AS mood, 0.5::share AS share, 'x'::char(1) AS letter, 7::int2 AS small, "
            "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid AS id, '{\"a\": 1}'::jsonb AS document, "
            "'127.0.0.1'::inet AS address, '1 day'::interval AS pause",
        )
        rows = warehouse.relation("t")
        found = read_table(warehouse, sa.select(*rows.c))
        values = found.to_pylist()[0]

        assert values.pop("nothing") != values.pop("nothing", 0)
        assert {
            "price": 1.1,
            "mood": "happy",
            "share": 0.5,
            "letter": "x",
            "small": 7,
            "id": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
            "document": '{"a": 1}',
            "address": "127.0.0.1/32",
            "pause": "1 day",
        } == values
        assert warehouse.schema("t").types == found.schema.types
        assert pa.float64() == warehouse.schema("t").field("price").type

    def test_money(self, warehouse: PostgresWarehouse, run: Callable[..., None]) -> None:
        """
        Regression: money came in cents.
        """
        run("CREATE TABLE t AS SELECT '1234.50'::money AS price, NULL::money AS none")
        rows = warehouse.relation("t")

        assert [{"price": 1234.5, "none": None}] == read_table(
            warehouse, sa.select(*rows.c)
        ).to_pylist()

    def test_enum(self, warehouse: PostgresWarehouse, run: Callable[..., None]) -> None:
        """
        An enum joins with a text, as every value that is known to PostgreSQL only.

        Regression: an enum was taken for a text, with which it can be compared in no database.
        """
        run(
            "CREATE TYPE mood AS ENUM ('sad', 'happy')",
            "CREATE TABLE t AS SELECT 'sad'::mood AS mood, 'happy' AS word",
        )
        rows = warehouse.relation("t")
        one, other = comparable(rows.c.mood, rows.c.word)

        assert [{"same": False}] == read_table(
            warehouse, sa.select((one == other).label("same"))
        ).to_pylist()

    def test_asked_in_sql(
        self, warehouse: PostgresWarehouse, run: Callable[..., None], database: sa.URL
    ) -> None:
        """
        What only PostgreSQL knows is text for Great Expectations too, and money a number.

        Regression: expectations about the length of texts could not be evaluated.
        """
        run(
            "CREATE TYPE mood AS ENUM ('sad', 'happy')",
            "CREATE TABLE t AS SELECT 'sad'::mood AS mood, '{}'::jsonb AS document, "
            "gen_random_uuid() AS id, '1.50'::money AS price",
        )
        statement = sa.select(*warehouse.relation("t").c)
        rows = rows_in_database(warehouse, statement, warehouse.schema("t"))
        sizes = "length(mood), length(document), length(id), price + 1.0"
        with sa.create_engine(database, poolclass=sa.NullPool).connect() as connection:
            found = connection.execute(sa.text(f"SELECT {sizes} FROM ({rows.query}) rows"))  # noqa: S608

            assert [(3, 2, 36, 2.5)] == list(found)

    def test_infinity(self, warehouse: PostgresWarehouse, run: Callable[..., None]) -> None:
        """
        Moments that Python has not are of no day, and stop nothing.

        Regression: the check of a monitor file ended in a traceback.
        """
        run(
            "CREATE TABLE seen (id int, at timestamptz)",
            "INSERT INTO seen VALUES (1, 'infinity'), (2, '-infinity'), (3, '290000-01-01'), "
            "(4, '4000-01-01 BC'), (5, '2026-03-02 12:00Z')",
        )
        spec = MonitorSpec.model_validate(
            {
                "model": "seen",
                "task": "regression",
                "start": "2026-03-01",
                "predictions": {"table": "seen", "id": "id", "timestamp": "at", "prediction": "id"},
                "reference": {"table": "seen"},
            }
        )
        facts = find_facts(spec, warehouse, {"seen": warehouse.schema("seen")})["seen"]
        found = read_table(warehouse, one_day(warehouse, "seen"))

        assert (5, None, None) == (facts.rows, facts.first, facts.last)
        assert ["2026-03-02"] == found["day"].to_pylist()

    @pytest.mark.parametrize("kind", ["timestamptz", "timestamp", "date"])
    def test_infinite_age(
        self, warehouse: PostgresWarehouse, run: Callable[..., None], kind: str
    ) -> None:
        """
        What lasts for ever has no age, and the others have theirs.

        Regression: one infinity stopped the step.
        """
        run(
            f"CREATE TABLE t (until {kind}, at timestamptz)",
            "INSERT INTO t VALUES ('infinity', '2026-03-02Z'), ('2026-03-01Z', '2026-03-02Z')",
        )
        rows = warehouse.relation("t")
        age = elapsed_days(TimeColumn(rows.c.until), TimeColumn(rows.c.at))

        assert [None, 1.0] == read_table(warehouse, sa.select(age.label("age")))["age"].to_pylist()

    def test_options(self, database: sa.URL, run: Callable[..., None]) -> None:
        """
        Options of the URL may have blanks.

        Regression: PostgreSQL's library read a plus where SQLAlchemy had written a blank.
        """
        run("CREATE SCHEMA lake", "CREATE TABLE lake.predictions (x int)")
        url = database.update_query_dict({"options": "-c search_path=lake"})
        warehouse = PostgresWarehouse(url.render_as_string(hide_password=False))

        assert ["x"] == warehouse.schema("predictions").names

    def test_zone(
        self, warehouse: PostgresWarehouse, run: Callable[..., None], database: sa.URL
    ) -> None:
        """
        Days are UTC days, whatever the zone of the database.
        """
        run(
            f"ALTER DATABASE {database.database} SET timezone = 'Pacific/Auckland'",
            "CREATE TABLE seen AS SELECT timestamptz '2026-03-02 23:59:59Z' AS at",
        )

        assert ["2026-03-02"] == read_table(warehouse, one_day(warehouse, "seen"))[
            "day"
        ].to_pylist()


class TestSafety:
    """Nothing is written, nothing runs for ever, and no secret is told."""

    def test_read_only(self, warehouse: PostgresWarehouse, run: Callable[..., None]) -> None:
        """
        A statement that would write is refused by the server.
        """
        run("CREATE SEQUENCE numbers")

        with pytest.raises(WarehouseError, match="read-only transaction"):
            list(warehouse.stream(sa.select(sa.func.nextval("numbers"))))

    def test_timeout(self, database: sa.URL) -> None:
        """
        A statement that takes too long is ended, and the message says what allows it longer.
        """
        url = database.update_query_dict({"statement_timeout": "50ms"})
        warehouse = PostgresWarehouse(url.render_as_string(hide_password=False))

        with pytest.raises(WarehouseError, match=r"set \?statement_timeout= in the URL"):
            list(warehouse.stream(sa.select(sa.cast(sa.func.pg_sleep(30), sa.Text))))

    @pytest.mark.parametrize(
        "url",
        [
            "postgresql://watch:s3cr3t@127.0.0.1:1/lake",
            "postgresql+psycopg2://watch:s3cr3t@127.0.0.1:1/lake?sslmode=s3cr3t",
            "postgresql://127.0.0.1:1/lake?user=watch&password=s3cr3t",
        ],
    )
    def test_secret(self, url: str) -> None:
        """
        A password is in no error, no cause of one, and no representation.
        """
        warehouse = PostgresWarehouse(url)
        with pytest.raises(WarehouseError) as raised:
            warehouse.schema("predictions")

        told = f"{warehouse!r} {raised.value} {raised.value.__cause__!r}"
        assert "s3cr3t" not in told
        assert "cannot be connected to" in told

    def test_unknown_table(self, warehouse: PostgresWarehouse, run: Callable[..., None]) -> None:
        """
        The table that was probably meant is named.
        """
        run("CREATE SCHEMA lake", "CREATE TABLE lake.predictions (x int)")

        with pytest.raises(TableNotFoundError, match=r"did you mean lake\.predictions\?"):
            warehouse.schema("lake.prediction")

    def test_odd_names(self, warehouse: PostgresWarehouse, run: Callable[..., None]) -> None:
        """
        Schemas and tables may have any name; one with a dot is written in double quotes.
        """
        run(
            'CREATE SCHEMA "it\'s"',
            'CREATE TABLE "it\'s"."a.b ""🌡️"" select" AS SELECT 1 AS "100%% ""x"""',
        )

        assert ['100% "x"'] == warehouse.schema('it\'s."a.b ""🌡️"" select"').names

    def test_forbidden_table(self, database: sa.URL, run: Callable[..., None]) -> None:
        """
        A table that may not be read is not said to be missing.
        """
        run("CREATE TABLE secret (x int)", "CREATE ROLE watcher LOGIN")
        warehouse = PostgresWarehouse(
            database.set(username="watcher").render_as_string(hide_password=False)
        )
        try:
            with pytest.raises(WarehouseError, match="permission denied") as raised:
                warehouse.schema("secret")
            assert WarehouseError is type(raised.value)
        finally:
            run("DROP ROLE watcher")
