"""Tests of the event log whose connections stay open."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from monitoring_pipelines.event_log import KeptOpenEventLog
from monitoring_pipelines.home import open_instance
from monitoring_pipelines.settings import Settings

DAYS = dg.DailyPartitionsDefinition("2026-01-01", end_date="2026-01-05")


@dg.asset(partitions_def=DAYS, check_specs=[dg.AssetCheckSpec("good", asset="numbers")])
def numbers() -> Iterator[dg.MaterializeResult[None]]:
    """Return what the UI shows of a day."""
    yield dg.MaterializeResult(
        metadata={"rows": 3}, check_results=[dg.AssetCheckResult(check_name="good", passed=True)]
    )


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """
    Return the settings of a new home.
    """
    monkeypatch.setenv("MONITOR_HOME", str(tmp_path))
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    return Settings.from_environment()


class TestKeptOpenEventLog:
    """What is written by it, and read by Dagster's own."""

    def test_same_files(self, settings: Settings) -> None:
        """
        Dagster finds every run, event, materialization and check, also while it goes on.
        """
        key = dg.AssetKey("numbers")
        with open_instance(settings) as ours:
            assert isinstance(ours.event_log_storage, KeptOpenEventLog)
            for day in DAYS.get_partition_keys():
                assert dg.materialize([numbers], instance=ours, partition_key=day).success
                with dg.DagsterInstance.from_config(str(settings.dagster_home)) as theirs:
                    assert day in theirs.get_materialized_partitions(key)
                    checks = theirs.event_log_storage.get_asset_check_execution_history(
                        dg.AssetCheckKey(key, "good"), limit=9
                    )
                    assert "SUCCEEDED" in {check.status.value for check in checks}
            counts = {run.run_id: len(ours.all_logs(run.run_id)) for run in ours.get_runs()}

        with dg.DagsterInstance.from_config(str(settings.dagster_home)) as theirs:
            assert 4 == len(counts)
            assert counts == {
                run.run_id: len(theirs.all_logs(run.run_id)) for run in theirs.get_runs()
            }

    def test_postgres_is_left_alone(self, settings: Settings) -> None:
        """
        A home whose dagster.yaml names another storage keeps it.
        """
        folder = settings.dagster_home
        folder.mkdir(parents=True)
        configuration = folder / "dagster.yaml"
        configuration.write_text(
            "storage: {postgres: {postgres_url: 'postgresql+psycopg2://nobody@127.0.0.1:1/none', "
            "should_autocreate_tables: false}}\n",
            "utf-8",
        )

        with open_instance(settings) as instance:
            assert "PostgresEventLogStorage" == type(instance.event_log_storage).__name__
