"""
What a materialization shows: flat numbers that the UI plots over partitions, and one table.

The keys are public: dashboards and plots are built on them.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import dagster as dg

from monitoring.alerting.words import printable
from monitoring.measures.summary import summary_measures
from monitoring.metrics import VERSUS
from monitoring.partitions import Partitions
from monitoring.profile.grouping import Group
from monitoring.profile.outcomes.outcomes import Outcomes
from monitoring.profile.table import TableProfile
from monitoring.reference import Reference
from monitoring.results import ALL, Measurement
from monitoring.retraining.evaluation import Evaluation
from monitoring.windows import BATCH
from resources.reference_basis import Basis
from resources.results.records import ModelVersionRecord

Metadata: TypeAlias = dict[str, dg.MetadataValue | float | int | str]

#: Rows of a table; the worst come first, the rest is in the results store.
TABLE_ROWS = 25

#: The numbers of each step that are worth a plot.
DRIFT_HEADLINES = ("psi", "ks_statistic", "missing_fraction", "new_category_fraction")
ESTIMATED_HEADLINES = (
    "estimated_roc_auc",
    "estimated_log_loss",
    "estimated_f1",
    "estimated_accuracy",
    "estimated_mae",
    "estimated_rmse",
)
PERFORMANCE_HEADLINES = (
    "label_coverage",
    "roc_auc",
    "log_loss",
    "f1",
    "accuracy",
    "expected_calibration_error",
    "actual_positive_rate",
    "mae",
    "rmse",
    "bias",
)


def show(context: dg.AssetExecutionContext, by_partition: Mapping[str, Metadata]) -> None:
    """Attach to each partition of the run what its materialization shows."""
    for key, metadata in by_partition.items():
        context.add_asset_metadata(metadata, partition_key=key)


def reference_metadata(reference: Reference, basis: Basis) -> Metadata:
    """Return what a reference was learnt from: of *version*, else of the monitor file."""
    outcomes = reference.outcomes

    return {
        "rows": reference.profile.rows,
        "labelled": outcomes.labelled if outcomes is not None else 0,
        "columns": len(reference.layout.columns),
        "expectations": len(reference.suite),
        "thresholds": len(reference.thresholds.calibrated),
        "fingerprint": reference.fingerprint[:12],
        "version": basis.version or "",
        "valid_from": basis.valid_from,
    }


def predictions_metadata(profiles: Mapping[Group, TableProfile]) -> dict[str, Metadata]:
    """Return rows, versions and the emptiest column of each partition."""
    found: dict[str, Metadata] = {}
    for group, profile in profiles.items():
        if group.version == ALL:
            missing = [
                measure.value
                for measure in summary_measures(profile, bounded=False)
                if measure.metric == "missing_fraction" and measure.value is not None
            ]
            found[group.partition] = {
                "rows": profile.rows,
                "missing_fraction_max": round(max(missing, default=0.0), 6),
            }
    for group in profiles:
        if group.version != ALL:
            found[group.partition][f"rows_{group.version}"] = profiles[group].rows

    return found


def actuals_metadata(outcomes: Mapping[Group, Outcomes]) -> dict[str, Metadata]:
    """Return how many predictions of each partition have a label."""
    return {
        group.partition: {
            "rows": outcome.rows,
            "labelled": outcome.labelled,
            "label_coverage": round(outcome.labelled / outcome.rows, 6) if outcome.rows else 0.0,
        }
        for group, outcome in outcomes.items()
        if group.version == group.segment == ALL
    }


def windows_metadata(
    measurements: Iterable[Measurement], partitions: Partitions, *, headlines: Sequence[str]
) -> dict[str, Metadata]:
    """
    Return, for each partition, the *headlines* of the windows that end with it, and a table.

    A headline of single columns is shown as its largest value: ``psi_max_7d``.
    """
    ending: dict[str, list[Measurement]] = {key: [] for key in partitions.keys}
    for row in measurements:
        if row.segment == row.version == ALL and row.last_partition in ending:
            ending[row.last_partition].append(row)

    return {key: _window_metadata(rows, headlines) for key, rows in ending.items()}


def version_metadata(record: ModelVersionRecord) -> Metadata:
    """Return which version of a model was trained, on which days, and how well it fitted."""
    return {
        "version": record.version,
        "status": record.status.value,
        "trained_from": record.trained_from or "",
        "trained_to": record.trained_to or "",
        "artefact": record.artefact or "",
        "checksum": (record.checksum or "")[:12],
        **{
            # A trainer may give NumPy's numbers, which Dagster cannot store.
            f"training_{name}": float(value)
            for name, value in record.metrics.items()
            if value is not None
        },
    }


def evaluation_metadata(outcome: Evaluation) -> Metadata:
    """Return how champion and challenger did on the same rows."""
    return {
        "decision": outcome.verdict,
        "better": int(outcome.better),
        "rows": outcome.rows,
        "evaluated_from": outcome.window_start.isoformat(),
        "evaluated_to": outcome.window_end.isoformat(),
        "champion": outcome.champion or "",
        "challenger": outcome.challenger or "",
        "refused_days": ", ".join(outcome.refused_days),
        "offences": "; ".join(outcome.offences),
        **{name: round(value, 6) for name, value in outcome.figures.items()},
    }


def versions_metadata(rows: Sequence[Measurement]) -> Metadata:
    """Return how far versions that answer at the same time are from the champion, as a table."""
    if not rows:
        return {}
    records = [
        {
            "version": printable(row.version),
            "metric": row.metric.removeprefix(VERSUS),
            "window": f"{row.window} to {row.last_partition}",
            "difference": "" if row.value is None else f"{row.value:+.4g}",
            "interval": f"{_number(row.lower)} to {_number(row.upper)}",
            "rows": str(row.rows),
            "how": printable(row.reason or ""),
        }
        for row in rows
    ]

    return {"champion_vs_challenger": text_table(records)}


def breaches_table(rows: Iterable[Measurement]) -> dg.TableMetadataValue:
    """Return *rows* as a table, the worst first: what, where, how much, and what was allowed."""
    return text_table(
        [
            {
                # First, because the UI cuts off what is wider than the page.
                "verdict": row.verdict.value if row.verdict is not None else "",
                "column": "" if row.column == ALL else row.column,
                "metric": row.metric,
                "window": row.window,
                "value": _number(row.value),
                "threshold": _bounds(row),
                "rows": str(row.rows),
                "reason": row.reason or "",
            }
            for row in worst_first(rows)
        ]
    )


def worst_first(rows: Iterable[Measurement]) -> list[Measurement]:
    """Return the breaches, the largest first, then what is next to its threshold."""
    return sorted(rows, key=lambda row: (not row.breached, -_strain(row)))


def literal(text: str) -> str:
    """
    Quote *text* as code: the UI reads descriptions as Markdown, and would load a value's images.

    >>> literal("![x](http://host/x.png) and a `tick`")
    "`![x](http://host/x.png) and a 'tick'`"
    """
    inner = printable(text).replace("`", "'")

    return f"`{inner}`" if inner else ""


def text_table(records: Sequence[Mapping[str, str]]) -> dg.TableMetadataValue:
    """
    Return the first of *records*, which have the same keys, as a table.

    Columns in which every cell is empty are left out: the others need their room.
    """
    shown = records[:TABLE_ROWS]
    # Not `name` once more: of a name that is both a cell and a local, Python 3.13 before 3.13.3
    # crashes when Dagster looks at the locals (gh-128396).
    filled = [key for key in (shown[0] if shown else ()) if any(row[key] for row in shown)]

    return dg.MetadataValue.table(
        records=[dg.TableRecord({name: row[name] for name in filled}) for row in shown],
        schema=dg.TableSchema(columns=[dg.TableColumn(name, "string") for name in filled]),
    )


def _window_metadata(rows: Sequence[Measurement], headlines: Sequence[str]) -> Metadata:
    shown = [row for row in rows if row.metric in headlines]
    metadata: Metadata = {
        "breaches": sum(row.breached for row in shown),
    }
    for row in shown:
        suffix = "" if row.window == BATCH else f"_{row.window}"
        name = f"{row.metric}{suffix}" if row.column == ALL else f"{row.metric}_max{suffix}"
        if row.value is not None:
            before = metadata.get(name)
            value = round(row.value, 6)
            metadata[name] = max(before, value) if isinstance(before, float) else value
    metadata["measurements"] = breaches_table(shown)

    return metadata


def _number(value: float | None) -> str:
    """Write a number short enough for a table; what is undefined stays empty."""
    return "" if value is None else f"{value:.4g}"


def _bounds(row: Measurement) -> str:
    """Write what is allowed: at least, at most, or from one to the other."""
    low, high = _number(row.threshold_low), _number(row.threshold_high)
    if low and high:
        return f"{low} to {high}"

    return f"≥ {low}" if low else f"≤ {high}" if high else ""


def _strain(row: Measurement) -> float:
    """Return how near a number is to its bound, and how far beyond: above 0, relative to it."""
    if row.value is None:
        return -math.inf
    sides = [
        (sign * (row.value - bound)) / (abs(bound) or 1.0)
        for sign, bound in ((1, row.threshold_high), (-1, row.threshold_low))
        if bound is not None
    ]

    return max(sides, default=-math.inf)
