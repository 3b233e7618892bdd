"""Tests of ``monitor silence``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from monitoring_pipelines.cli.app import app

if TYPE_CHECKING:
    from tests.conftest import MakeWorld


@pytest.fixture(autouse=True)
def _world(make_world: MakeWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the environment to a world with the model churn."""
    made = make_world()
    monkeypatch.setenv("MONITOR_HOME", str(tmp_path))
    monkeypatch.setenv("MONITOR_MONITORS", str(tmp_path))
    monkeypatch.setenv("MONITOR_WAREHOUSE_URL", f"duckdb:///{made.database}")
    monkeypatch.delenv("MONITOR_RESULTS_URL", raising=False)


def call(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["silence", *arguments])


class TestSilence:
    """Tests of silences from the command line."""

    def test_model(self) -> None:
        """A silence is listed with its end and its reason, until it is taken back."""
        made = call("churn", "--until", "2999-01-01T06:00", "--reason", "a known [campaign]")
        assert 0 == made.exit_code, made.output
        assert "churn is silent until 2999-01-01 06:00 UTC: a known [campaign]\n" == made.stdout
        assert made.stdout == call("churn").stdout
        assert "1 silences of churn ended.\n" == call("churn", "--end").stdout

        assert "" == call("churn").stdout

    def test_part(self) -> None:
        """A silence of a column and a metric names them; a duration counts from now."""
        made = call(
            "churn", "--until", "3d", "--reason", "new plan", "--column", "plan", "--metric", "psi"
        )

        assert made.stdout.startswith("churn (column plan, metric psi) is silent until ")

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("chrun", "--until", "3d", "--reason", "x"), "there are: churn"),
            (("churn", "--until", "3d"), "--reason: missing"),
            (("churn", "--until", "soon", "--reason", "x"), "expected a moment"),
            (("churn", "--until", "2001-01-01", "--reason", "x"), "expected a moment to come"),
        ],
    )
    def test_wrong(self, arguments: tuple[str, ...], words: str) -> None:
        """A wrong call is 2, and silences nothing."""
        result = call(*arguments)

        assert 2 == result.exit_code
        assert words in result.stderr
        assert "" == call("churn").stdout
