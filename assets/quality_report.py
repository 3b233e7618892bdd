"""What the quality of a day shows: one check per family, with the table of its expectations."""

from collections.abc import Iterable

import dagster as dg

from assets.keys import QUALITY, step_key
from assets.metadata import Metadata, literal, text_table
from monitoring.quality.expectation import Severity
from monitoring.quality.outcome import ExpectationOutcome, FamilyResult, OutcomeState
from monitoring.quality.verdict import PartitionQuality
from monitoring.spec.model import Family, MonitorSpec

_PROMISES = {
    Family.SCHEMA: "The table has the columns and types of the reference.",
    Family.COMPLETENESS: "No column misses more values than the reference explains.",
    Family.VALIDITY: "Numbers are within the range of the reference.",
    Family.CATEGORIES: "Categories are those of the reference.",
    Family.UNIQUENESS: "Every prediction has an id of its own.",
    Family.VOLUME: "There are as many rows as on this weekday before.",
    Family.FRESHNESS: "Every prediction was made on this day.",
    Family.SCORES: "Scores are finite and probabilities are between 0 and 1.",
}


def quality_check_specs(spec: MonitorSpec) -> list[dg.AssetCheckSpec]:
    """Return one check for each family of expectations."""
    return [
        dg.AssetCheckSpec(family.value, asset=step_key(spec.model, QUALITY), description=promise)
        for family, promise in _PROMISES.items()
    ]


def quality_checks(day: PartitionQuality) -> list[dg.AssetCheckResult]:
    """Return the state of every family on *day*; one that had nothing to check passes as such."""
    return [_check(family, day.families.get(family), day) for family in _PROMISES]


def quality_metadata(day: PartitionQuality) -> Metadata:
    """Return the counts that the UI plots, and the table of failures."""
    failed = [item for item in day.outcomes if item.state is OutcomeState.FAILED]
    errored = [item for item in day.outcomes if item.state is OutcomeState.ERRORED]

    return {
        "rows": day.rows,
        "expectations": len(day.outcomes),
        "failed_expectations": len(failed),
        "errored_expectations": len(errored),
        "failures": _table([*failed, *errored]),
    }


def _check(
    family: Family, result: FamilyResult | None, day: PartitionQuality
) -> dg.AssetCheckResult:
    outcomes = result.outcomes if result is not None else ()
    failed = [item for item in outcomes if item.state is not OutcomeState.PASSED]
    severe = result is not None and result.severity is Severity.CRITICAL
    words = "; ".join(literal(item.message) for item in failed[:2] if item.message)

    return dg.AssetCheckResult(
        check_name=family.value,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if severe else dg.AssetCheckSeverity.WARN,
        description=words or f"{len(outcomes)} expectations hold.",
        metadata={
            "partition": day.partition,
            "rows": day.rows,
            "failed_expectations": len(failed),
            "expectations": _table(outcomes),
        },
    )


def _table(outcomes: Iterable[ExpectationOutcome]) -> dg.TableMetadataValue:
    return text_table([_record(item) for item in outcomes])


def _record(item: ExpectationOutcome) -> dict[str, str]:
    expectation = item.expectation

    return {
        "state": item.state.value,
        "column": expectation.column or "",
        "expectation": expectation.type,
        "observed": item.observed or "",
        "bound": expectation.bound,
        "unexpected": "" if item.unexpected_count is None else str(item.unexpected_count),
        "values": ", ".join(item.unexpected_values),
        "severity": item.severity.value,
    }
