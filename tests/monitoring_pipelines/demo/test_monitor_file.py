"""monitors/flight_delay.yaml fits the tables that the demo writes."""

from pathlib import Path

import duckdb
import pytest

from monitoring.spec.model import MonitorSpec
from monitoring.spec.parse import parse_monitor
from monitoring_pipelines.demo.trainer import train
from monitoring_pipelines.demo.warehouse import FEATURES, MODEL, MONITORED_FROM
from resources.training import load_trainer

FILE = Path(__file__).parents[3] / "monitors" / "flight_delay.yaml"


@pytest.fixture(scope="module")
def spec() -> MonitorSpec:
    """Parse the file as the code location does."""
    return parse_monitor(FILE.read_text("utf-8"), source=FILE.name)


class TestMonitorFile:
    """What the file says is there."""

    def test_model(self, spec: MonitorSpec) -> None:
        """
        The file watches the demo's model from its first prediction on.
        """
        assert (MODEL, MONITORED_FROM) == (spec.model, spec.start)

    def test_columns(self, spec: MonitorSpec, connection: duckdb.DuckDBPyConnection) -> None:
        """
        What is not named in the file, and so a feature, are the fifteen features.
        """
        reference = connection.sql(f"FROM {spec.reference.table}").columns
        named = {
            spec.predictions.id,
            spec.predictions.timestamp,
            spec.predictions.prediction,
            spec.predictions.score,
            spec.predictions.version,
            spec.reference.label,
        }

        assert list(FEATURES) == [name for name in reference if name not in named]
        assert set(spec.segments) <= set(FEATURES)
        assert set(reference) - {spec.reference.label} == set(
            connection.sql(f"FROM {spec.predictions.table}").columns
        )

    def test_actuals(self, spec: MonitorSpec, connection: duckdb.DuckDBPyConnection) -> None:
        """
        The labels have an id, a label and a time.
        """
        assert spec.actuals is not None

        columns = connection.sql(f"FROM {spec.actuals.table}").columns

        assert [spec.actuals.id, spec.actuals.label, spec.actuals.timestamp] == columns

    def test_trainer(self, spec: MonitorSpec) -> None:
        """
        The trainer that it names is the demo's.
        """
        assert spec.retraining is not None

        assert train is load_trainer(spec.retraining.trainer).trainer
