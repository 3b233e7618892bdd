"""
What a materialization shows: flat numbers that the UI plots over partitions, and one table.

The keys are public: dashboards and plots are built on them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import dagster as dg

from monitoring.measures.summary import summary_measures
from monitoring.partitions import Partitions
from monitoring.profile.grouping import Group
from monitoring.profile.outcomes.outcomes import Outcomes
from monitoring.profile.table import TableProfile
from monitoring.reference import Reference
from monitoring.results import ALL, Measurement
from monitoring.retraining import Evaluation
from monitoring.windows import BATCH
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


def reference_metadata(reference: Reference) -> Metadata:
    """Return what a reference was learnt from."""
    outcomes = reference.outcomes

    return {
        "rows": reference.profile.rows,
        "labelled": outcomes.labelled if outcomes is not None else 0,
        "columns": len(reference.layout.columns),
        "expectations": len(reference.suite),
        "thresholds": len(reference.thresholds.calibrated),
        "fingerprint": reference.fingerprint[:12],
    }


def predictions_metadata(profiles: Mapping[Group, TableProfile]) -> dict[str, Metadata]:
    """Return rows, versions and the emptiest column of each partition."""
    found: dict[str, Metadata] = {}
    for group, profile in profiles.items():
        if group.version == ALL:
            missing = [
                measure.value
                for measure in summary_measures(profile)
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
        "promoted": int(outcome.better),
        "rows": outcome.rows,
        "evaluated_from": outcome.window_start.isoformat(),
        "evaluated_to": outcome.window_end.isoformat(),
        **{name: round(value, 6) for name, value in outcome.figures.items()},
    }


def breaches_table(rows: Iterable[Measurement]) -> dg.TableMetadataValue:
    """Return *rows* as a table: what, where, how much, and what was allowed."""
    return dg.MetadataValue.table(
        records=[
            dg.TableRecord(
                {
                    "column": row.column,
                    "metric": row.metric,
                    "window": row.window,
                    "value": _number(row.value),
                    "low": _number(row.threshold_low),
                    "high": _number(row.threshold_high),
                    "rows": row.rows,
                    "verdict": row.verdict.value if row.verdict is not None else "",
                    "reason": row.reason or "",
                }
            )
            for row in list(rows)[:TABLE_ROWS]
        ],
        schema=_SCHEMA,
    )


_SCHEMA = dg.TableSchema(
    columns=[
        dg.TableColumn(name, kind)
        for name, kind in (
            ("column", "string"),
            ("metric", "string"),
            ("window", "string"),
            ("value", "string"),
            ("low", "string"),
            ("high", "string"),
            ("rows", "int"),
            ("verdict", "string"),
            ("reason", "string"),
        )
    ]
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
    worst = sorted(shown, key=lambda row: (row.value is None, -(row.value or 0.0)))
    metadata["measurements"] = breaches_table(worst)

    return metadata


def _number(value: float | None) -> str:
    """Write a number short enough for a table; what is undefined stays empty."""
    return "" if value is None else f"{value:.4g}"
