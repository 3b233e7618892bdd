"""Apache Spark: a cluster, Spark Connect or this machine, for tables that outgrow one process."""

import hashlib
import os
import pickle
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.sql import quoted_name

from monitoring.errors import SettingsError, TableNotFoundError, WarehouseError
from monitoring.spec.tables import is_csv, is_file, split_name
from resources.warehouse.secrets import secret_options, without
from resources.warehouse.spark_sql import compiled, identifier
from resources.warehouse.spark_worker import ANSWER, Work, named, packed, summarised, unpacked
from resources.warehouse.types import sql_type
from resources.warehouse.warehouse import Statement, no_rows

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row, SparkSession

S = TypeVar("S")

#: Rows of a record batch; Spark's own 10,000 cost more in overhead than they save in memory.
BATCH_ROWS = 65_536

_OPTIONS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.maxRecordsPerBatch": str(BATCH_ROWS),
    # Two columns whose names differ in case only are two columns.
    "spark.sql.caseSensitive": "true",
}
_LOCAL_OPTIONS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.executorEnv.PYTHONPATH": str(Path(__file__).parents[2]),
}


#: How much of a file a task reads whose rows come here: all of them are in Java's memory at once.
_PART = ("spark.sql.files.maxPartitionBytes", "16m")

#: How many tasks' rows come here at once, at most.
_ABREAST = 8

#: An error of Spark's own: a line, and what it announces until the code of the error.
_CONDITION = re.compile(
    r"\[[A-Z][A-Z_.]+\] [^\n]*(?:(?<=:)\n(?:[^\n]*\n){0,4}?[^\n]*?(?=\.? SQLSTATE))?"
)


def is_spark(url: str) -> bool:
    """
    Return whether *url* is that of a Spark master or of Spark Connect.

    >>> is_spark("local[*]"), is_spark("sc://lake:15002"), is_spark("duckdb://")
    (True, True, False)
    """
    return url == "local" or url.startswith(("local[", "spark://", "sc://"))


class SparkWarehouse:
    """
    Tables of Spark's catalog, and Parquet or CSV files by path.

    Days and labels are found by Spark; profiles are made on its executors by the same code that
    makes them here, which therefore must be installed there too.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._spark: SparkSession | None = None
        self._schemas: dict[str, pa.Schema] = {}

    def __repr__(self) -> str:
        return f"SparkWarehouse({self._place!r})"

    def schema(self, table: str) -> pa.Schema:
        """Return the column names and Arrow types of *table*."""
        if table not in self._schemas:
            with self._asking(table):
                frame = self._file(table) if is_file(table) else self._catalogued(table)
                self._schemas[table] = frame.limit(0).toArrow().schema

        return self._schemas[table]

    def relation(self, table: str) -> sa.FromClause:
        """Return *table* as something to select from, with its columns."""
        columns: list[sa.ColumnClause[Any]] = [
            sa.column(quoted_name(field.name, quote=True), sql_type(field.type))
            for field in self.schema(table)
        ]
        *schema, name = [_view(table)] if is_file(table) else split_name(table)
        place = quoted_name(identifier(*schema), quote=False) if schema else None

        return sa.table(quoted_name(name, quote=True), *columns, schema=place).alias()

    def stream(self, statement: Statement) -> Iterator[pa.RecordBatch]:
        """Yield the rows of *statement* in record batches: a few tasks' rows are here at a time."""
        with self._asking(), self._in_small_parts():
            frame = self.frame(statement)
            empty = True
            for row in self._rows(_mapped(frame, packed)):
                empty = False
                yield from unpacked(bytes(row[ANSWER]))
            if empty:
                yield no_rows(frame.limit(0).toArrow().schema)

    def summaries(
        self, statement: Statement, summarise: Callable[[Iterator[pa.RecordBatch]], S]
    ) -> Iterator[S]:
        """Yield what *summarise* makes of the rows of each task, on the executor that has them."""
        with self._asking():
            answers = _mapped(self.frame(statement), summarised(summarise))
            for row in answers.collect():
                # Our own bytes, from executors that run our code.
                yield pickle.loads(row[ANSWER])  # noqa: S301

    def frame(self, statement: Statement) -> "DataFrame":
        """Return the rows of *statement* as Spark's own data frame, of which none is read yet."""
        text, values = compiled(statement)

        return self._session().sql(text, args=values)

    def _rows(self, frame: "DataFrame") -> Iterator["Row"]:
        if self._url.startswith("sc://"):
            yield from frame.toLocalIterator()
            return

        # Not as Spark's own iterator, which keeps in Java's memory all that it has given.
        rows = frame.rdd
        tasks, abreast = rows.getNumPartitions(), min(rows.context.defaultParallelism, _ABREAST)
        for start in range(0, tasks, abreast):
            few = range(start, min(start + abreast, tasks))
            yield from rows.context.runJob(rows, list, few)

    @contextmanager
    def _in_small_parts(self) -> Iterator[None]:
        option, size = _PART
        settings = self._session().conf
        usual = settings.get(option)
        settings.set(option, size)
        try:
            yield
        finally:
            settings.set(option, usual or size)

    def _catalogued(self, table: str) -> "DataFrame":
        return self._session().table(identifier(*split_name(table)))

    def _file(self, path: str) -> "DataFrame":
        reader = self._session().read
        if is_csv(path):
            frame = reader.csv(path, header=True, inferSchema=True)
        else:
            # A column that only some of the files have is null in the others.
            frame = reader.option("mergeSchema", "true").parquet(path)
        frame.createOrReplaceTempView(_view(path))

        return frame

    def _session(self) -> "SparkSession":
        if self._spark is None:
            self._spark = self._opened()
            for option, value in _OPTIONS.items():
                self._spark.conf.set(option, value)

        return self._spark

    def _opened(self) -> "SparkSession":
        try:
            from pyspark.sql import SparkSession
        except ImportError as error:
            msg = (
                "MONITOR_WAREHOUSE_URL: Spark needs a package that is not installed; "
                "install monitoring-pipelines[spark]."
            )
            raise SettingsError(msg) from error
        if self._url.startswith("sc://"):
            with _any_pandas():
                return SparkSession.builder.remote(self._url).getOrCreate()

        builder = SparkSession.builder.master(self._url).appName("monitoring-pipelines")
        # Spark's own bar would be drawn over ours.
        builder = builder.config("spark.ui.showConsoleProgress", "false")
        if self._url.startswith("local"):
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
            for option, value in _LOCAL_OPTIONS.items():
                builder = builder.config(option, value)

        return builder.getOrCreate().newSession()

    @contextmanager
    def _asking(self, table: str | None = None) -> Iterator[None]:
        from py4j.protocol import Py4JError  # noqa: PLC0415 - comes with Spark
        from pyspark.errors import AnalysisException, PySparkException

        try:
            yield
        except (PySparkException, Py4JError) as error:
            unknown = table is not None and isinstance(error, AnalysisException)
            kind = TableNotFoundError if unknown else WarehouseError
            msg = f"{self._place}: {self._told(error)}."
            # Without the cause: Spark may repeat a part of the URL.
            raise kind(msg, table=table or self._place) from None

    @property
    def _place(self) -> str:
        return without(secret_options(self._url), self._url)

    def _told(self, error: Exception) -> str:
        told = without(secret_options(self._url), str(error)).strip()
        # Between the traces of Java and Python, what Spark itself says.
        found = _CONDITION.search(told)
        lines = [" ".join(found[0].splitlines())] if found else told.splitlines()

        return (lines or [type(error).__name__])[0].rstrip(".")


def _mapped(frame: "DataFrame", work: Work) -> "DataFrame":
    """Return what *work* makes of the rows of each task."""
    names = frame.columns
    # Spark would take a dot in a name for a field of a column.
    numbered = frame.toDF(*(f"column_{number}" for number in range(len(names))))
    with _any_pandas():
        return numbered.mapInArrow(named(work, names), f"{ANSWER} binary")


@contextmanager
def _any_pandas() -> Iterator[None]:
    """Silence Spark's doubts about pandas 3: rows in Arrow do not pass through it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
        yield


def _view(path: str) -> str:
    return f"monitor_{hashlib.sha256(path.encode()).hexdigest()[:16]}"
