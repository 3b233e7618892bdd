"""What the quality of a day shows: one check per family, with the table of its expectations."""

import dagster as dg

from assets.keys import QUALITY, step_key
from assets.metadata import TABLE_ROWS, Metadata
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

_COLUMNS = (
    "expectation",
    "column",
    "state",
    "severity",
    "observed",
    "bound",
    "unexpected",
    "values",
)


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
    words = "; ".join(item.message for item in failed[:2] if item.message)

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


def _table(
    outcomes: list[ExpectationOutcome] | tuple[ExpectationOutcome, ...],
) -> dg.TableMetadataValue:
    return dg.MetadataValue.table(
        records=[dg.TableRecord(_record(item)) for item in outcomes[:TABLE_ROWS]],
        schema=dg.TableSchema(columns=[dg.TableColumn(name, "string") for name in _COLUMNS]),
    )


def _record(item: ExpectationOutcome) -> dict[str, str]:
    expectation = item.expectation
    cells = (
        expectation.type,
        expectation.column or "",
        item.state.value,
        expectation.severity.value,
        item.observed or "",
        expectation.bound,
        "" if item.unexpected_count is None else str(item.unexpected_count),
        ", ".join(item.unexpected_values),
    )

    return dict(zip(_COLUMNS, cells, strict=True))
