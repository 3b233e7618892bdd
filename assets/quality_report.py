"""What the quality of a day shows: one check per family, with the table of its expectations."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import dagster as dg

from assets.keys import QUALITY, step_key
from assets.metadata import Metadata, literal, text_table
from monitoring.quality.expectation import Expectation, Severity
from monitoring.quality.outcome import ExpectationOutcome, FamilyResult, OutcomeState
from monitoring.quality.result import bounds_of
from monitoring.quality.verdict import PartitionQuality
from monitoring.spec.model import Family, MonitorSpec
from resources.quality_suites import CurrentSuite, listed_expectations

#: A check is told in so many messages; its table has them all.
_TOLD = 2

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


def single_checks(spec: MonitorSpec) -> dict[str, Expectation]:
    """
    Return the expectations that are checks of their own, by the names that Dagster takes.

    They are those of the suite file when the definitions are loaded, whatever it holds at the run.
    """
    if spec.quality.checks != "per_expectation":
        return {}

    return {check_name(each): each for each in listed_expectations(spec)}


def quality_check_specs(
    spec: MonitorSpec, singles: Mapping[str, Expectation]
) -> list[dg.AssetCheckSpec]:
    """Return one check for each family of expectations, and for each of *singles*."""
    asset = step_key(spec.model, QUALITY)
    families = [
        dg.AssetCheckSpec(family.value, asset=asset, description=promise)
        for family, promise in _PROMISES.items()
    ]

    return families + [
        dg.AssetCheckSpec(name, asset=asset, description=literal(f"{each.id}: {each.reason}"))
        for name, each in singles.items()
    ]


def quality_checks(
    day: PartitionQuality, singles: Mapping[str, Expectation]
) -> list[dg.AssetCheckResult]:
    """Return the state of every check on *day*; one that had nothing to check passes as such."""
    families = [_family_check(family, day.families.get(family), day) for family in _PROMISES]
    outcomes = {outcome.expectation.id: outcome for outcome in day.outcomes}

    return families + [
        _check(name, [outcomes[each.id]] if each.id in outcomes else [], day)
        for name, each in singles.items()
    ]


def quality_metadata(
    day: PartitionQuality, suite: CurrentSuite, page: Path | None = None
) -> Metadata:
    """Return the counts that the UI plots, the table of failures, and what of the suite changed."""
    troubled = [item for item in day.outcomes if not item.holds]
    failed = [item for item in troubled if item.state is OutcomeState.FAILED]
    errored = [item for item in troubled if item.state is OutcomeState.ERRORED]
    metadata: Metadata = {
        "rows": day.rows,
        "expectations": len(day.outcomes),
        "failed_expectations": len(failed),
        "errored_expectations": len(errored),
        "failures": _table([*failed, *errored]),
    }
    if day.missing_fraction is not None:
        metadata["missing_fraction_max"] = round(day.missing_fraction, 6)
    if suite.path is not None:
        metadata["suite"] = dg.MetadataValue.path(str(suite.path))
    if page is not None:
        metadata["data_docs"] = dg.MetadataValue.path(str(page))
    if suite.differences:
        metadata["suite_differences"] = text_table(
            [
                {"change": each.change.value, "expectation": each.id, "detail": each.detail}
                for each in suite.differences
            ]
        )

    return metadata


def check_name(expectation: Expectation) -> str:
    """
    Return the name of the check of a single *expectation*: letters, digits and underscores.

    Where its id has others, a digest keeps two of them apart.
    """
    plain = expectation.id.replace(":", "_").replace("*", "")
    name = re.sub(r"[^A-Za-z0-9_]", "_", plain).strip("_")
    if name == plain.strip("_"):
        return name

    return f"{name}_{hashlib.sha256(expectation.id.encode()).hexdigest()[:6]}"


def _family_check(
    family: Family, result: FamilyResult | None, day: PartitionQuality
) -> dg.AssetCheckResult:
    return _check(family.value, () if result is None else result.outcomes, day)


def _check(
    name: str, outcomes: Sequence[ExpectationOutcome], day: PartitionQuality
) -> dg.AssetCheckResult:
    troubled = [item for item in outcomes if not item.holds]
    severe = any(item.severity is Severity.CRITICAL for item in troubled)
    failed = sum(item.state is OutcomeState.FAILED for item in troubled)

    return dg.AssetCheckResult(
        check_name=name,
        passed=not troubled,
        severity=dg.AssetCheckSeverity.ERROR if severe else dg.AssetCheckSeverity.WARN,
        description=f"{day.partition}: {_words(outcomes, troubled)}",
        metadata={
            "partition": day.partition,
            "rows": day.rows,
            "failed_expectations": failed,
            "errored_expectations": len(troubled) - failed,
            "expectations": _table(outcomes),
        },
    )


def _words(outcomes: Sequence[ExpectationOutcome], troubled: Sequence[ExpectationOutcome]) -> str:
    if not outcomes:
        return "Nothing was to be checked on this day."
    told = troubled or [item for item in outcomes if item.state is not OutcomeState.PASSED]
    messages = [literal(item.message) for item in told[:_TOLD] if item.message]
    if troubled:
        count = f"{len(troubled)} of {len(outcomes)} expectations do not hold."
    else:
        count = f"{len(outcomes)} expectations hold."
    more = [f"And {len(told) - _TOLD} more."] if len(told) > _TOLD else []

    return " ".join([count, *messages, *more])


def _table(outcomes: Iterable[ExpectationOutcome]) -> dg.TableMetadataValue:
    return text_table([_record(item) for item in outcomes])


def _record(item: ExpectationOutcome) -> dict[str, str]:
    expectation = item.expectation

    # What a person on call reads first stands on the left: the UI cuts wide tables.
    return {
        "state": item.state.value,
        "severity": item.severity.value,
        "column": expectation.column or "",
        "observed": item.observed or "",
        "bound": bounds_of(expectation) or expectation.bound,
        "unexpected": "" if item.unexpected_count is None else str(item.unexpected_count),
        "values": ", ".join(item.unexpected_values),
        "expectation": expectation.type,
    }
