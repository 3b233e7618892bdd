"""assets.quality_report: what a person on call reads first."""

import dagster as dg

from assets.quality_report import quality_checks, quality_metadata
from monitoring.quality.expectation import Severity, draft
from monitoring.quality.outcome import ExpectationOutcome, OutcomeState
from monitoring.quality.verdict import PartitionQuality
from monitoring.spec.model import Family
from resources.quality_suites import CurrentSuite


def outcome(column: str, state: OutcomeState, severity: Severity) -> ExpectationOutcome:
    """Return what came of the expectation that *column* has values."""
    expectation = draft(
        "expect_column_values_to_not_be_null",
        column,
        {"mostly": 0.9},
        family=Family.COMPLETENESS,
        severity=severity,
        reason="It is needed.",
        bound="Derived with care.",
    )
    message = "" if state is OutcomeState.PASSED else f"{column}: 50 of 100 values are missing."

    return ExpectationOutcome(expectation, state, "50 of 100", 50, 50.0, message=message)


def day(*outcomes: ExpectationOutcome) -> PartitionQuality:
    """Return the quality of a day."""
    return PartitionQuality("2026-03-01", 100, outcomes)


def completeness(quality: PartitionQuality) -> dg.AssetCheckResult:
    """Return the check of the family of all outcomes here."""
    return next(
        each for each in quality_checks([quality], {}) if each.check_name == Family.COMPLETENESS
    )


class TestQualityChecks:
    """The check of a family."""

    def test_failures(self) -> None:
        """
        The text names the day, how much does not hold, and the worst two; the table its bounds.
        """
        failed = [outcome(name, OutcomeState.FAILED, Severity.WARNING) for name in ("b", "c", "d")]
        worst = outcome("z", OutcomeState.FAILED, Severity.CRITICAL)

        check = completeness(day(*failed, worst, outcome("a", OutcomeState.PASSED, worst.severity)))

        assert (False, dg.AssetCheckSeverity.ERROR) == (check.passed, check.severity)
        text = (check.description or "").replace("`", "")
        assert text.startswith("2026-03-01: 4 of 5 expectations do not hold. z: 50 of 100")
        assert text.endswith("And 2 more.")
        table = check.metadata["expectations"]
        assert isinstance(table, dg.TableMetadataValue)
        assert {"state": "failed", "column": "z", "bound": "at most 10.00% missing"}.items() <= (
            table.records[0].data.items()
        )

    def test_worst_day(self) -> None:
        """
        Of a run of several days the worst is shown, and all that failed are named.

        Regression: the check spoke of the last day only, and was green for five days of which
        the second was blocked.
        """
        failed = outcome("a", OutcomeState.FAILED, Severity.WARNING)
        errored = outcome("a", OutcomeState.ERRORED, Severity.CRITICAL)
        passed = outcome("a", OutcomeState.PASSED, Severity.WARNING)
        days = [
            PartitionQuality(f"2026-03-0{number}", 100 + number, (each,))
            for number, each in enumerate([passed, failed, failed, errored, passed], start=1)
        ]

        check = next(each for each in quality_checks(days, {}) if each.check_name == "completeness")

        assert (False, dg.AssetCheckSeverity.ERROR) == (check.passed, check.severity)
        assert ["2026-03-03", 103] == [check.metadata[key].value for key in ("partition", "rows")]
        text = (check.description or "").replace("`", "")
        assert text.startswith("2026-03-03: 1 of 1 expectations do not hold. a: 50 of 100")
        assert text.endswith(
            "In all 3 of 5 partitions of this run failed: 2026-03-02, 2026-03-03, 2026-03-04."
        )

    def test_good_days(self) -> None:
        """A run whose days all hold shows the latest, and says that the others do, too."""
        passed = outcome("a", OutcomeState.PASSED, Severity.WARNING)
        days = [PartitionQuality(f"2026-03-0{number}", 100, (passed,)) for number in (1, 2)]

        check = next(each for each in quality_checks(days, {}) if each.check_name == "completeness")

        assert check.passed
        assert check.description == (
            "2026-03-02: 1 expectations hold. So do all 2 partitions of this run."
        )

    def test_many_bad_days(self) -> None:
        """No more than ten of many bad days are named, the latest of them."""
        failed = outcome("a", OutcomeState.FAILED, Severity.WARNING)
        days = [PartitionQuality(f"2026-03-{number:02}", 100, (failed,)) for number in range(1, 15)]

        check = next(each for each in quality_checks(days, {}) if each.check_name == "completeness")

        text = (check.description or "").replace("`", "")
        assert "14 of 14 partitions of this run failed: 4 more and 2026-03-05, 2026" in text

    def test_info(self) -> None:
        """
        What is only told fails no check, and counts nowhere.
        """
        quality = day(outcome("a", OutcomeState.FAILED, Severity.INFO))

        check = completeness(quality)

        assert check.passed
        assert "1 expectations hold. " in (check.description or "")
        assert "a: 50 of 100 values are missing" in (check.description or "").replace("`", "")
        assert 0 == quality_metadata(quality, CurrentSuite(()))["failed_expectations"]
