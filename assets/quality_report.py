"""What the quality of a day shows: one check per family, with the table of its expectations."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from assets.keys import QUALITY, step_key
from assets.metadata import Metadata, literal, text_table
from monitoring.quality.expectation import Expectation, Severity
from monitoring.quality.outcome import ExpectationOutcome, OutcomeState
from monitoring.quality.result import bounds_of
from monitoring.quality.verdict import PartitionQuality
from monitoring.spec.model import Family, MonitorSpec
from resources.quality_suites import CurrentSuite, listed_expectations

#: A check is told in so many messages; its table has them all.
_TOLD = 2

#: Of the partitions on which it failed, so many are named.
_NAMED = 10

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
    days: Sequence[PartitionQuality], singles: Mapping[str, Expectation]
) -> list[dg.AssetCheckResult]:
    """
    Return the state of every check on *days*, the earliest first; at least one day is needed.

    Of several days a check shows the worst, and says on how many it failed. One that had nothing
    to check passes as such.
    """
    families = [(day, day.families) for day in days]
    named = [(day, {each.expectation.id: each for each in day.outcomes}) for day in days]

    return [
        *(
            _check(
                family.value,
                [
                    _DayCheck(day, found[family].outcomes if family in found else ())
                    for day, found in families
                ],
            )
            for family in _PROMISES
        ),
        *(
            _check(
                name,
                [
                    _DayCheck(day, (found[each.id],) if each.id in found else ())
                    for day, found in named
                ],
            )
            for name, each in singles.items()
        ),
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


@dataclass(frozen=True, slots=True)
class _DayCheck:
    """What one check looks at on one day, failures first."""

    day: PartitionQuality
    outcomes: tuple[ExpectationOutcome, ...]

    @property
    def troubled(self) -> list[ExpectationOutcome]:
        """What does not hold, or could not be evaluated."""
        return [item for item in self.outcomes if not item.holds]

    @property
    def failed(self) -> int:
        """How many do not hold."""
        return sum(item.state is OutcomeState.FAILED for item in self.troubled)

    @property
    def severe(self) -> bool:
        """Whether one of these is critical."""
        return any(item.severity is Severity.CRITICAL for item in self.troubled)

    @property
    def badness(self) -> tuple[bool, bool, bool]:
        """Failed before errored before passed, and of each the critical first."""
        return self.failed > 0, bool(self.troubled), self.severe


def _check(name: str, days: Sequence[_DayCheck]) -> dg.AssetCheckResult:
    # The latest of equals: the first that max meets.
    worst = max(reversed(days), key=lambda each: each.badness)
    bad = [each.day.partition for each in days if each.troubled]
    severe = any(each.severe for each in days)

    return dg.AssetCheckResult(
        check_name=name,
        passed=not bad,
        severity=dg.AssetCheckSeverity.ERROR if severe else dg.AssetCheckSeverity.WARN,
        description=" ".join(
            [
                f"{worst.day.partition}: {_words(worst.outcomes, worst.troubled)}",
                *_in_all(bad, len(days)),
            ]
        ),
        metadata={
            "partition": worst.day.partition,
            "rows": worst.day.rows,
            "failed_expectations": worst.failed,
            "errored_expectations": len(worst.troubled) - worst.failed,
            "expectations": _table(worst.outcomes),
        },
    )


def _in_all(bad: Sequence[str], partitions: int) -> Iterator[str]:
    """Say of a run of several *partitions* which are *bad*, the latest last."""
    if partitions == 1:
        return
    if not bad:
        yield f"So do all {partitions} partitions of this run."
        return
    earlier = f"{len(bad) - _NAMED} more and " if len(bad) > _NAMED else ""
    yield (
        f"In all {len(bad)} of {partitions} partitions of this run failed:"
        f" {earlier}{', '.join(map(literal, bad[-_NAMED:]))}."
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
