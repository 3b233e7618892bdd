"""Suite files on disk: written once, edited by hand, foreign, broken."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from monitoring.quality.expectation import Expectation, draft
from monitoring.quality.suite import Change, suite_json
from monitoring.spec.model import Family, MonitorSpec
from monitoring.spec.tables import anchored
from resources.quality_suites import current_suite, listed_expectations


def complete(column: str, mostly: float = 0.99) -> Expectation:
    """Return a generated expectation that *column* is mostly there."""
    return draft(
        "expect_column_values_to_not_be_null",
        column,
        {"mostly": mostly},
        family=Family.COMPLETENESS,
        reason="It may go missing.",
        bound="By hand.",
    )


def monitor(**quality: object) -> MonitorSpec:
    """Return a monitor with these settings of its quality."""
    return MonitorSpec.model_validate(
        {
            "model": "churn",
            "task": "regression",
            "predictions": {"table": "p", "id": "id"},
            "reference": {"table": "r"},
            "quality": quality,
        }
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the suite of the monitor lies in its home."""
    return tmp_path / "suites" / "churn.json"


class TestMonitorFile:
    """What the monitor file says of its suite."""

    def test_beside_the_monitor_file(self) -> None:
        """A relative path is taken from the folder of the monitor file; an absolute one stays."""
        relative, absolute = monitor(suite="suites/churn.json"), monitor(suite="/etc/churn.json")

        assert "/monitors/suites/churn.json" == anchored(relative, "/monitors").quality.suite
        assert "/etc/churn.json" == anchored(absolute, "/monitors").quality.suite

    def test_checks_need_a_file(self) -> None:
        """Checks for each expectation are those of a file, which has to be named."""
        with pytest.raises(ValueError, match="expected a suite beside checks: per_expectation"):
            monitor(checks="per_expectation")


class TestHome:
    """The suite file that a home has for each model."""

    def test_first_run(self, tmp_path: Path, path: Path) -> None:
        """The first run writes the suite as it was generated, for anybody to read."""
        suite = current_suite(monitor(), [complete("a")], home=tmp_path)

        assert ([complete("a")], path) == (list(suite.expectations), suite.path)
        assert suite_json("churn", [complete("a")]) == path.read_text("utf-8")
        assert [path] == list(path.parent.iterdir())

    def test_edit(self, tmp_path: Path, path: Path) -> None:
        """An edit in a text editor holds at once, outlives a new reference, and is told."""
        current_suite(monitor(), [complete("a"), complete("b")], home=tmp_path)
        path.write_text(path.read_text("utf-8").replace("0.99", "0.5", 1), "utf-8")

        suite = current_suite(monitor(), [complete("a", 0.9), complete("b", 0.8)], home=tmp_path)

        assert [0.5, 0.8] == [each.kwargs["mostly"] for each in suite.expectations]
        assert [Change.EDIT_KEPT, Change.UPDATED] == [each.change for each in suite.differences]
        again = current_suite(monitor(), [complete("a", 0.9), complete("b", 0.8)], home=tmp_path)
        assert suite.expectations == again.expectations
        assert ["mostly: file 0.5, generated 0.9"] == [each.detail for each in again.differences]

    def test_owner(self, tmp_path: Path, path: Path) -> None:
        """
        Name, notes and meta of the file itself outlive a new reference.

        Regression: the file was written anew with our own meta only.
        """
        current_suite(monitor(), [complete("a")], home=tmp_path)
        suite = json.loads(path.read_text("utf-8"))
        suite |= {"name": "ours", "notes": "read me", "meta": {**suite["meta"], "owner": "Ada"}}
        path.write_text(json.dumps(suite), "utf-8")

        current_suite(monitor(), [complete("a", 0.9)], home=tmp_path)

        again = json.loads(path.read_text("utf-8"))
        assert 0.9 == again["expectations"][0]["kwargs"]["mostly"]
        assert ("ours", "read me", "Ada") == (again["name"], again["notes"], again["meta"]["owner"])

    def test_layout_of_the_file(self, tmp_path: Path, path: Path) -> None:
        """A file that says the same in another layout is not written again."""
        current_suite(monitor(), [complete("a")], home=tmp_path)
        dense = json.dumps(json.loads(path.read_text("utf-8")))
        path.write_text(dense, "utf-8")

        current_suite(monitor(), [complete("a")], home=tmp_path)

        assert dense == path.read_text("utf-8")

    def test_no_home(self) -> None:
        """Without a home the suite is as generated, and nothing is written."""
        suite = current_suite(monitor(), [complete("a")], home=None)

        assert ((complete("a"),), None, ()) == (suite.expectations, suite.path, suite.problems)


class TestBroken:
    """Files that a person has broken."""

    @pytest.mark.parametrize("text", ["{", "[]", '{"expectations": 1}', "\x00"])
    def test_no_suite(self, tmp_path: Path, path: Path, text: str) -> None:
        """The generated suite holds, the file is named, and left for its author to mend."""
        path.parent.mkdir()
        path.write_text(text, "utf-8")

        suite = current_suite(monitor(), [complete("a")], home=tmp_path)

        assert (complete("a"),) == suite.expectations
        assert suite.problems[0].startswith(f"{path}: expected")
        assert text == path.read_text("utf-8")

    def test_not_text(self, tmp_path: Path, path: Path) -> None:
        """Bytes that are no text are a problem like any other."""
        path.parent.mkdir()
        path.write_bytes(b"\xff\xfe")

        suite = current_suite(monitor(), [complete("a")], home=tmp_path)

        assert (complete("a"),) == suite.expectations
        assert "cannot be read" in suite.problems[0]

    def test_one_expectation(self, tmp_path: Path, path: Path) -> None:
        """One expectation that is none leaves the others, and the file, as they are."""
        current_suite(monitor(), [complete("a"), complete("b")], home=tmp_path)
        broken = path.read_text("utf-8").replace("expect_column", "expekt_column", 1)
        path.write_text(broken, "utf-8")

        suite = current_suite(monitor(), [complete("a", 0.9), complete("b")], home=tmp_path)

        assert (complete("a", 0.9), complete("b")) == suite.expectations
        assert "expectations[0]" in suite.problems[0]
        assert broken == path.read_text("utf-8")

    def test_nothing_to_check(self, tmp_path: Path) -> None:
        """A suite of one's own that is not there is a problem, and names the remedy."""
        spec = monitor(generate=False, suite=str(tmp_path / "own.json"))

        suite = current_suite(spec, [], home=tmp_path)

        assert () == suite.expectations
        assert "there is no such file" in suite.problems[0]

    def test_read_only(self, tmp_path: Path) -> None:
        """A file that cannot be written stops nothing; it is told where it was asked for."""
        # Not by permissions, which root does not mind.
        (tmp_path / "suites").symlink_to(tmp_path / "nowhere")
        at_home = current_suite(monitor(), [complete("a")], home=tmp_path)
        spec = monitor(suite=str(tmp_path / "suites" / "own.json"))

        suite = current_suite(spec, [complete("a")], home=None)

        assert (complete("a"),) == suite.expectations
        assert suite.problems[0].startswith(str(tmp_path / "suites" / "own.json"))
        assert ((complete("a"),), None, ()) == (
            at_home.expectations,
            at_home.path,
            at_home.problems,
        )


class TestForeign:
    """Suites from elsewhere."""

    def test_foreign(self, tmp_path: Path) -> None:
        """
        A suite of Great Expectations runs beside the generated one, and its file stays as it is.

        Where both say something of a column's same quality, the person's word counts.
        """
        path = tmp_path / "own.json"
        items = [
            {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "a"}},
            {"type": "expect_column_mean_to_be_between", "kwargs": {"column": "a", "max_value": 1}},
        ]
        text = json.dumps({"name": "theirs", "expectations": items, "meta": {"by": "Ada"}})
        path.write_text(text, "utf-8")

        suite = current_suite(monitor(suite=str(path)), [complete("a"), complete("b")], home=None)

        assert [{}, {"mostly": 0.99}, {"max_value": 1}] == [
            each.kwargs for each in suite.expectations
        ]
        assert [Change.EDIT_KEPT, Change.OWN] == [each.change for each in suite.differences]
        assert text == path.read_text("utf-8")

    def test_alone(self, tmp_path: Path) -> None:
        """With generation off, the file is the suite."""
        path = tmp_path / "own.json"
        path.write_text('{"expectations": [{"type": "expect_column_to_exist"}]}', "utf-8")
        spec = monitor(generate=False, suite=str(path))

        suite = current_suite(spec, [], home=None)

        assert ["expect_column_to_exist:*"] == [each.id for each in suite.expectations]
        assert suite.expectations == listed_expectations(spec)

    def test_listed(self, tmp_path: Path) -> None:
        """Definitions load whatever the file is; it then lists nothing."""
        assert () == listed_expectations(monitor())
        assert () == listed_expectations(monitor(suite=str(tmp_path / "none.json")))

    def test_byte_order_mark(self, tmp_path: Path) -> None:
        """A file that an editor on Windows has saved is read."""
        path = tmp_path / "own.json"
        path.write_bytes("\ufeff".encode() + suite_json("m", [complete("a")]).encode())

        [found] = current_suite(monitor(suite=str(path)), [complete("a")], home=None).expectations

        assert complete("a") == replace(found)
