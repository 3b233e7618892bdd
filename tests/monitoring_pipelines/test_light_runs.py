"""Tests of what a run loads: a process without Great Expectations needs no data frames."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeWorld

RUN_ALL_BUT_QUALITY = """
import sys
from datetime import date
from pathlib import Path
import dagster as dg
from assets.keys import DAILY_STEPS, QUALITY
from monitoring_pipelines.definitions import build_definitions
from monitoring_pipelines.runner import Runner
from monitoring_pipelines.settings import Settings
from monitoring_pipelines.wiring import resources_now
from resources.clock import SystemClock
from resources.monitor_files import load_monitors

settings = Settings.from_environment()
files = load_monitors(settings.monitors)
definitions = build_definitions(files, resources_now(settings, SystemClock()))
spec = files.specs[0].spec
steps = [step for step in DAILY_STEPS if step != QUALITY]
with dg.DagsterInstance.ephemeral() as instance:
    runner = Runner(definitions, instance)
    assert runner.reference(spec).success
    assert runner.days(spec, steps, date(2026, 1, 1), date(2026, 1, 3)).success
print(*sys.modules)
"""


class TestEmbedded:
    """DuckDB and SQLite."""

    def test_no_data_frames(self, make_world: MakeWorld, tmp_path: Path, monitor_text: str) -> None:
        """
        The reference, counts, drift and performance are computed without pandas.

        pyarrow imports it where it can, which costs each process a quarter of a second.
        """
        world = make_world(f"{monitor_text}quality: {{generate: false}}\n")
        run = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", RUN_ALL_BUT_QUALITY],
            env={
                **os.environ,
                "MONITOR_HOME": str(tmp_path),
                "MONITOR_MONITORS": str(tmp_path),
                "MONITOR_WAREHOUSE_URL": f"duckdb:///{world.database}",
            },
            capture_output=True,
            text=True,
            check=False,
        )

        assert 0 == run.returncode, run.stderr
        assert world.measured(metric="psi") != []
        assert world.measured(metric="roc_auc") != []
        assert set() == {"pandas", "great_expectations"} & set(run.stdout.split())
