"""monitoring.spec.json_schema: what editors know of the monitor file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from ruamel.yaml import YAML

from monitoring.metrics import METRICS
from monitoring.spec.json_schema import monitor_json_schema

DEMO = Path(__file__).parents[3] / "monitors" / "flight_delay.yaml"


@pytest.fixture(scope="module")
def valid() -> Any:  # noqa: ANN401 - what YAML makes of the file
    """Return the demo's monitor file as JSON has it: days are text."""
    data = YAML(typ="safe", pure=True).load(DEMO)

    return data | {"start": str(data["start"]), "end": str(data["end"])}


def errors(data: object) -> list[str]:
    """Return where *data* breaks the schema."""
    found = Draft202012Validator(monitor_json_schema()).iter_errors(data)

    return sorted(error.json_path for error in found)


class TestMonitorJsonSchema:
    """The schema accepts monitor files and refuses what the parser refuses."""

    def test_is_a_schema(self) -> None:
        """
        The schema is one of its draft.
        """
        Draft202012Validator.check_schema(monitor_json_schema())

    def test_demo(self, valid: dict[str, Any]) -> None:
        """
        The demo's monitor file is valid.
        """
        assert [] == errors(valid)

    @pytest.mark.parametrize(
        ("changes", "place"),
        [
            ({"treshold": {}}, "$"),
            ({"thresholds": {"recal": {"low": 1}}}, "$.thresholds"),
            ({"alerts": {"repeat": "1 day"}}, "$.alerts.repeat"),
            ({"task": "ranking"}, "$.task"),
            ({"model": "a-b"}, "$.model"),
        ],
        ids=["unknown key", "unknown metric", "duration", "task", "name"],
    )
    def test_refused(self, valid: dict[str, Any], changes: dict[str, Any], place: str) -> None:
        """
        A mistake is marked where it stands.
        """
        assert [place] == errors(valid | changes)

    def test_completes(self) -> None:
        """
        Editors can complete the metrics and show what each key is for, with its default.
        """
        schema = monitor_json_schema()

        assert list(METRICS) == schema["properties"]["thresholds"]["propertyNames"]["enum"]
        assert schema["properties"]["schedule"]["default"] == "0 6 * * *"
        assert schema["$defs"]["AlertsSpec"]["properties"]["repeat"]["default"] == "1d"
        assert schema["properties"]["owner"]["description"].startswith("The team")
