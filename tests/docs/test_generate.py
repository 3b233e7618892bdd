"""docs/generate.py: what the documentation takes from the code is up to date."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from monitoring.metrics import METRICS
from monitoring.spec.keys import monitor_keys
from monitoring.spec.parse import parse_monitor

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "monitor-file.md").read_text("utf-8")
OUTDATED = "Run `python docs/generate.py`."


@pytest.fixture(scope="module")
def generate() -> dict[str, Any]:
    """Return the functions of the script."""
    return runpy.run_path(str(DOCS / "generate.py"))


class TestGenerated:
    """The published files are what the code says today."""

    def test_schema(self, generate: dict[str, Any]) -> None:
        """
        The schema for editors is that of the model.
        """
        published = (DOCS / "monitor.schema.json").read_text("utf-8")

        assert generate["schema_text"]() == published, OUTDATED

    def test_page(self, generate: dict[str, Any]) -> None:
        """
        The tables of keys and metrics are those of the model.
        """
        assert generate["page_text"](PAGE) == PAGE, OUTDATED

    def test_examples(self, generate: dict[str, Any]) -> None:
        """
        Every example of the page is a valid monitor file.
        """
        examples = generate["examples"](PAGE)

        assert [parse_monitor(text, source="example.yaml").model for text in examples] == [
            "flight_delay",
            "car_price",
            "ticket_topic",
            "trip_minutes",
        ]

    def test_complete(self) -> None:
        """
        Every key and every metric has a row; every key that is no part has an example.
        """
        rows = {line.split("`")[1]: line for line in PAGE.splitlines() if line.startswith("| `")}

        assert {key.name for key in monitor_keys()} | set(METRICS) == set(rows)
        assert [] == [
            key.name
            for key in monitor_keys()
            if key.type != "mapping" and rows[key.name].split(" | ")[3] == ""
        ]
