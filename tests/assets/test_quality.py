"""The quality step of a small model, run for real: what its checks and its table show."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.quality_report import check_name, quality_check_specs, single_checks
from monitoring.quality.expectation import draft
from monitoring.spec.model import Family
from monitoring_pipelines.definitions import build_definitions
from resources.expectations import GreatExpectations
from resources.monitor_files import MonitorFiles

if TYPE_CHECKING:
    from tests.conftest import MakeWorld, World

DAY = date(2026, 1, 2)
KEY = dg.AssetKey(["churn", "quality"])
MONITOR = """\
model: churn
task: binary_classification
start: 2026-01-01
predictions: {table: predictions, id: id, timestamp: at, prediction: said, score: score}
positive_class: 1
actuals: {table: actuals, id: id, label: label, timestamp: recorded, delay: 1d}
reference: {table: reference, label: label}
features: [amount, plan]
windows: {drift: [1d], performance: [1d]}
"""


def checks(world: World) -> dict[str, dg.AssetCheckEvaluation]:
    """Return what the checks said last, by name."""
    keys = [spec.key for spec in quality_check_specs(world.spec, single_checks(world.spec))]
    storage = world.instance.event_log_storage
    found: dict[str, dg.AssetCheckEvaluation] = {}
    for key, record in storage.get_latest_asset_check_execution_by_key(keys).items():
        event: Any = record.event
        found[key.name] = event.dagster_event.event_specific_data

    return found


def at_home(world: World, home: Path) -> World:
    """Return *world* with a home for its suites."""
    resources = {**world.resources, "validator": GreatExpectations(home)}
    definitions = build_definitions(MonitorFiles((world.file,), ()), resources)

    return replace(world, resources=resources, definitions=definitions)


def shown(world: World) -> dict[str, Any]:
    """Return the metadata of the last materialization."""
    event = world.instance.get_latest_materialization_event(KEY)
    assert event is not None
    assert event.asset_materialization is not None

    return {name: entry.value for name, entry in event.asset_materialization.metadata.items()}


class TestSuiteFile:
    """The suite in a home, between a run and the next."""

    def test_edit(self, make_learnt: MakeWorld, tmp_path: Path) -> None:
        """A person who tightens a bound sees the next run fail by it, and what was changed."""
        world = at_home(make_learnt(MONITOR), tmp_path / "home")
        world.run(DAY)
        path = tmp_path / "home" / "suites" / "churn.json"
        before = shown(world)
        suite = json.loads(path.read_text("utf-8"))
        for item in suite["expectations"]:
            if item["meta"]["monitor"]["id"] == "expect_column_values_to_be_between:amount":
                item["kwargs"]["max_value"] = 0.0
        path.write_text(json.dumps(suite), "utf-8")
        world.run(DAY)

        assert (0, str(path)) == (before["failed_expectations"], before["suite"])
        assert 1 == shown(world)["failed_expectations"]
        [difference] = shown(world)["suite_differences"].records
        assert "edit_kept" == difference.data["change"]
        assert "not as expected" in (checks(world)["validity"].description or "")

    def test_broken(self, make_learnt: MakeWorld, tmp_path: Path) -> None:
        """A file that is no suite is said to be none by a check; the others hold."""
        world = at_home(make_learnt(MONITOR), tmp_path)
        (tmp_path / "suites").mkdir()
        (tmp_path / "suites" / "churn.json").write_text("{", "utf-8")

        assert world.run(DAY).success
        found = checks(world)
        assert ["validity"] == [name for name, check in found.items() if not check.passed]
        assert "delete the file to have it generated" in (found["validity"].description or "")
        assert (0, 1) == (shown(world)["failed_expectations"], shown(world)["errored_expectations"])


class TestLabels:
    """The labels that were recorded on a day."""

    def test_labels_in_order(self, make_learnt: MakeWorld) -> None:
        """Labels as they should be leave no trace."""
        world = make_learnt(MONITOR)
        world.run(DAY)

        assert all(check.passed for check in checks(world).values())

    def test_broken_labels(self, make_learnt: MakeWorld) -> None:
        """Labels of an unknown class, without an id or a value, and twice at once are told."""
        world = make_learnt(MONITOR)
        when = "TIMESTAMPTZ '2026-01-02 09:00:00+00'"
        world.sql(
            f"INSERT INTO actuals VALUES ('x', 7, {when}), ('y', NULL, {when}), ('z', 1, {when}),"  # noqa: S608
            f" ('z', 1, {when}), (NULL, 1, {when})"
        )
        world.run(DAY)

        found = {name: check for name, check in checks(world).items() if not check.passed}
        assert {"completeness", "uniqueness", "categories"} == found.keys()
        words = " ".join(check.description or "" for check in found.values())
        assert "label of the actuals: 1 of 205 values are not as expected: '7'" in words
        assert "id of the actuals: 1 of 205 values are missing" in words
        assert "The actuals: 2 of 205 values are repeated" in words

    def test_no_labels_table(self, make_learnt: MakeWorld) -> None:
        """Labels that cannot be read stop no check of the predictions."""
        world = make_learnt(MONITOR)
        world.sql("ALTER TABLE actuals RENAME COLUMN label TO labels")
        world.run(DAY)

        found = checks(world)
        assert found["schema"].passed
        assert "did you mean 'labels'" in (found["completeness"].description or "")


class TestChecks:
    """One check for each expectation."""

    def test_per_expectation(self, make_world: MakeWorld, tmp_path: Path) -> None:
        """
        Those of the suite file are checks of their own, beside the families.

        One that is written later is judged by its family until the definitions are loaded again.
        """
        items = [
            {
                "type": "expect_column_max_to_be_between",
                "kwargs": {"column": "amount", "max_value": 0},
            },
            {"type": "expect_column_to_exist", "kwargs": {"column": "größe"}},
        ]
        (tmp_path / "own.json").write_text(json.dumps({"expectations": items}), "utf-8")
        world = make_world(MONITOR + "quality: {suite: own.json, checks: per_expectation}\n")
        world.learn()
        world.run(DAY)
        found = checks(world)

        assert not found["expect_column_max_to_be_between_amount"].passed
        assert 10 == len(found)
        (tmp_path / "own.json").write_text(json.dumps({"expectations": items[1:]}), "utf-8")
        assert world.run(DAY).success

    def test_names(self) -> None:
        """Names are letters, digits and underscores, and never one for two expectations."""
        names = [
            check_name(draft("expect_x", column, {}, family=Family.SCHEMA, reason="", bound=""))
            for column in (None, "a_b", "a b", "a.b", "größe")
        ]

        assert ["expect_x", "expect_x_a_b"] == names[:2]
        assert len(set(names)) == len(names)
        assert all(name.isascii() and name.isidentifier() for name in names)


class TestDataDocs:
    """A page for each day."""

    def test_page(self, make_world: MakeWorld, tmp_path: Path) -> None:
        """The page of the day lies in the home, and the materialization says where."""
        world = make_world(MONITOR + "quality: {data_docs: true}\n")
        world.learn()
        world = at_home(world, tmp_path / "home")
        world.run(DAY)
        page = tmp_path / "home" / "data_docs" / "churn" / "2026-01-02.html"

        assert str(page) == shown(world)["data_docs"]
        assert "churn: data quality of 2026-01-02" in page.read_text("utf-8")


class TestPrivacy:
    """Values that must not leave the warehouse."""

    def test_values_are_not_shown(self, make_world: MakeWorld) -> None:
        """With values switched off, none is in checks, metadata and measurements."""
        world = make_world(MONITOR + "quality: {show_values: false}\n")
        world.learn()
        world.sql("UPDATE predictions SET plan = 'secret'")
        world.run(DAY)

        assert not checks(world)["categories"].passed
        everything = f"{checks(world)} {shown(world)} {world.measured()}"
        assert "secret" not in everything
