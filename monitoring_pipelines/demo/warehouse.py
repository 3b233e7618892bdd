"""The demo's warehouse: a real year of flights, scored by a model trained on its winter."""

import tempfile
from collections.abc import Callable
from datetime import date
from importlib.resources import files
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from monitoring_pipelines.demo import trainer
from monitoring_pipelines.demo.flights import TABLES, data_folder, read_flights
from resources.training import LABEL, TrainingRequest

MODEL = "flight_delay"
FIRST_VERSION = "v1"

#: What is known before departure, as the tables name it.
FEATURES = (
    "carrier",
    "origin",
    "dest",
    "minute_of_day",
    "dow",
    "distance",
    "plane_age",
    "seats",
    "temp",
    "dewp",
    "humid",
    "wind_speed",
    "precip",
    "visib",
    "pressure",
)

#: The model says "late" from this probability on.
DECISION_THRESHOLD = 0.3

TRAINED_FROM = date(2013, 1, 1)
MONITORED_FROM = date(2013, 4, 1)
MONITORED_TO = date(2014, 1, 1)

Progress = Callable[[str], None]


def build_warehouse(path: Path, *, progress: Progress, end: date = MONITORED_TO) -> None:
    """
    Write the DuckDB file *path* with the tables of reference, predictions and actuals.

    Departures before *end* are in it, by New York's calendar. The file appears when it is complete
    and replaces one that is there; every build has the same rows. The model lies beside it, see
    `first_artefact`. *progress* hears what is done next.

    Raises:
        SettingsError: when the flights are not installed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".building-") as folder:
        unfinished = Path(folder) / "warehouse.duckdb"
        with duckdb.connect(str(unfinished)) as connection:
            # Days are UTC days, whatever the machine's zone.
            connection.execute("SET TimeZone = 'UTC'")
            progress("Reading the flights and the weather of 2013")
            departures = _departures(connection, end=end)
            progress("Training the first model on January to March")
            artefact = _train(departures, first_artefact(path).parent)
            progress(f"Scoring {departures.num_rows:,} departures")
            scores = np.round(trainer.score(artefact, departures), 6)
            progress("Writing predictions, labels and the reference")
            _write_tables(connection, departures.append_column("probability", pa.array(scores)))
        unfinished.replace(path)


def first_artefact(path: Path) -> Path:
    """Return where the first model lies for the warehouse *path*."""
    return path.parent / "models" / MODEL / FIRST_VERSION / f"{MODEL}.pickle"


def _departures(connection: duckdb.DuckDBPyConnection, *, end: date) -> pa.Table:
    folder = data_folder()
    for table in TABLES:
        connection.register(table, read_flights(table, folder=folder))
    bounds = {"start": MONITORED_FROM, "end": end}
    departures: pa.Table = connection.sql(_sql("departures"), params=bounds).to_arrow_table()

    return departures


def _train(departures: pa.Table, output: Path) -> Path:
    output.mkdir(parents=True, exist_ok=True)
    is_training = pc.equal(departures["part"], pa.scalar("training"))
    rows = departures.filter(pc.and_(is_training, pc.is_valid(departures["delayed"])))
    request = TrainingRequest(
        model=MODEL,
        version=FIRST_VERSION,
        start=TRAINED_FROM,
        end=MONITORED_FROM,
        rows=rows.select(FEATURES).append_column(LABEL, rows["delayed"]),
        features=FEATURES,
        positive_class=1,
        output=output,
    )

    return trainer.train(request).artefact


def _write_tables(connection: duckdb.DuckDBPyConnection, scored: pa.Table) -> None:
    connection.register("scored", scored)
    answers = {"version": FIRST_VERSION, "threshold": DECISION_THRESHOLD}
    for schema in ("training", "predictions", "actuals"):
        connection.execute(f"CREATE SCHEMA {schema}")
    connection.execute(_sql("training"), answers)
    connection.execute(_sql("predictions"), answers)
    connection.execute(_sql("actuals"))


def _sql(name: str) -> str:
    return files("monitoring_pipelines.demo").joinpath("sql", f"{name}.sql").read_text("utf-8")
