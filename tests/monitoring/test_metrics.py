"""monitoring.metrics: the catalogue of the metrics."""

from __future__ import annotations

import math

from monitoring.metrics import METRICS, Direction, Family, Input, metrics_of
from monitoring.spec.model import Task

# The public names, as the design lists them.
PUBLIC = {
    Family.QUALITY: (
        "rows failed_expectations errored_expectations expectation_success excluded_rows "
        "missing_fraction new_category_fraction out_of_range_fraction"
    ),
    Family.SUMMARY: "distinct mean std min max",
    Family.DRIFT: (
        "psi jensen_shannon_distance kl_divergence ks_statistic wasserstein_distance "
        "hellinger_distance l_infinity chi_squared chi_squared_p_value "
        "pca_reconstruction_error correlation_distance"
    ),
    Family.PERFORMANCE: (
        "accuracy precision recall specificity f1 mcc roc_auc average_precision log_loss "
        "brier_score expected_calibration_error positive_rate actual_positive_rate "
        "mae mse rmse mape rmsle r2 bias"
    ),
    Family.LABELS: (
        "label_coverage label_delay_p50 label_delay_p95 late_label_fraction "
        "label_settling label_silence"
    ),
}


class TestMetrics:
    """One entry for each public name."""

    def test_names(self) -> None:
        """
        The catalogue has the public names, and those of estimates, their errors, and comparisons.
        """
        estimated = [
            name
            for name in PUBLIC[Family.PERFORMANCE].split()
            if name not in {"expected_calibration_error", "mape", "rmsle", "r2", "bias"}
        ]
        estimates = " ".join(f"estimated_{name}" for name in estimated)
        versions = " ".join(
            f"versus_champion_{name}" for name in ("accuracy", "roc_auc", "log_loss", "mae", "mse")
        )
        errors = " ".join(f"estimation_error_{name}" for name in estimated)
        expected = PUBLIC | {
            Family.ESTIMATED: estimates,
            Family.ESTIMATION: errors,
            Family.VERSIONS: versions,
        }

        assert {family: names.split() for family, names in expected.items()} == {
            family: [name for name, metric in METRICS.items() if metric.family is family]
            for family in Family
        }

    def test_entries(self) -> None:
        """
        Every entry is under its own name, in words, with a range and a task.
        """
        for name, metric in METRICS.items():
            assert name == metric.name
            assert metric.words
            assert metric.lowest < metric.highest
            assert metric.tasks

    def test_words_differ(self) -> None:
        """
        No two metrics are called the same.
        """
        assert len(METRICS) == len({metric.words for metric in METRICS.values()})

    def test_directions(self) -> None:
        """
        A distance is better low, a rate of right answers high, a mean error at zero.
        """
        assert METRICS["psi"].direction is Direction.LOWER_IS_BETTER
        assert METRICS["chi_squared_p_value"].direction is Direction.HIGHER_IS_BETTER
        assert METRICS["recall"].direction is Direction.HIGHER_IS_BETTER
        assert METRICS["log_loss"].direction is Direction.LOWER_IS_BETTER
        assert METRICS["bias"].direction is Direction.TWO_SIDED
        assert METRICS["rows"].direction is Direction.NONE

    def test_ranges(self) -> None:
        """
        The ranges are those of the definitions.
        """
        ranges = {name: (METRICS[name].lowest, METRICS[name].highest) for name in METRICS}

        assert ranges["mcc"] == (-1, 1)
        assert ranges["r2"] == (-math.inf, 1)
        assert ranges["log_loss"] == (0, math.inf)
        assert ranges["brier_score"] == (0, 2)

    def test_estimates(self) -> None:
        """
        An estimate is like its metric, but needs no actuals.
        """
        realised, estimated = METRICS["roc_auc"], METRICS["estimated_roc_auc"]

        assert {Input.ACTUALS, Input.SCORE} == realised.needs
        assert {Input.SCORE} == estimated.needs
        assert realised.direction is estimated.direction
        assert estimated.words == "estimated AUC"

    def test_estimation_errors(self) -> None:
        """
        An estimate may be wrong either way, by as much as the metric is wide, and needs labels.
        """
        error, loss = METRICS["estimation_error_roc_auc"], METRICS["estimation_error_log_loss"]

        assert (-1, 1) == (error.lowest, error.highest)
        assert (-math.inf, math.inf) == (loss.lowest, loss.highest)
        assert {Input.ACTUALS, Input.SCORE} == METRICS["estimation_error_accuracy"].needs
        assert Direction.NONE is error.direction


class TestMetricsOf:
    """The metrics of a task."""

    def test_tasks(self) -> None:
        """
        Drift is for every task, AUC for classes, the mean absolute error for numbers.
        """
        assert all("psi" in metrics_of(task) for task in Task)
        assert "roc_auc" in metrics_of(Task.MULTICLASS)
        assert "roc_auc" not in metrics_of(Task.REGRESSION)
        assert "mae" not in metrics_of(Task.BINARY)
        assert "positive_rate" not in metrics_of(Task.MULTICLASS)
