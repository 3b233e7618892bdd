"""The metrics by name: what each is called, what it belongs to, and which way is worse."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from monitoring.spec.model import Task


class Family(StrEnum):
    """What kind of question a metric answers."""

    QUALITY = "quality"
    SUMMARY = "summary"
    DRIFT = "drift"
    PERFORMANCE = "performance"
    LABELS = "labels"
    ESTIMATED = "estimated"
    ESTIMATION = "estimation"
    VERSIONS = "versions"


class Direction(StrEnum):
    """Which way a metric gets worse; *NONE* only describes, and gets no bound by itself."""

    HIGHER_IS_BETTER = "higher_is_better"
    LOWER_IS_BETTER = "lower_is_better"
    TWO_SIDED = "two_sided"
    NONE = "none"


class Input(StrEnum):
    """What a metric needs beside the rows of the predictions table."""

    SCORE = "predictions.score"
    ACTUALS = "actuals"
    LABEL_TIMES = "actuals.timestamp"


#: Begins the name of a performance metric that was estimated before its labels were known.
ESTIMATED = "estimated_"

#: Begins the name of an estimate less what was realised, once labels are known.
ESTIMATION_ERROR = "estimation_error_"

#: The errors of a regression that are estimated.
ESTIMATED_LOSSES = ("mae", "mse", "rmse")

#: Begins the name of a performance metric of one version less that of the champion.
VERSUS = "versus_champion_"

#: The performance metrics by which versions that answer at the same time are compared.
COMPARED = ("accuracy", "roc_auc", "log_loss", "mae", "mse")

# Estimates take the scores for calibrated.
_NOT_ESTIMATED = "expected_calibration_error"

EVERY_TASK = frozenset(Task)
CLASSIFICATION = frozenset({Task.BINARY, Task.MULTICLASS})
BINARY = frozenset({Task.BINARY})
REGRESSION = frozenset({Task.REGRESSION})


@dataclass(frozen=True, slots=True)
class Metric:
    """
    A metric.

    *words* name it within a sentence. A value lies from *lowest* to *highest*, both inclusive.
    """

    name: str
    words: str
    family: Family
    direction: Direction
    lowest: float = -math.inf
    highest: float = math.inf
    tasks: frozenset[Task] = EVERY_TASK
    needs: frozenset[Input] = frozenset()


def _quality() -> Iterator[Metric]:
    lower, none = Direction.LOWER_IS_BETTER, Direction.NONE
    yield Metric("rows", "number of rows", Family.QUALITY, none, 0)
    yield Metric("failed_expectations", "failed expectations", Family.QUALITY, none, 0)
    yield Metric("errored_expectations", "errored expectations", Family.QUALITY, none, 0)
    yield Metric("expectation_success", "expectations that hold", Family.QUALITY, none, 0, 1)
    yield Metric("excluded_rows", "excluded rows", Family.QUALITY, none, 0)
    yield Metric("missing_fraction", "missing values", Family.QUALITY, lower, 0, 1)
    yield Metric("new_category_fraction", "new categories", Family.QUALITY, lower, 0, 1)
    yield Metric("out_of_range_fraction", "values out of range", Family.QUALITY, lower, 0, 1)


def _summary() -> Iterator[Metric]:
    # Drift measures judge the whole distribution; bounds on its moments would tell it twice.
    none = Direction.NONE
    yield Metric("distinct", "number of distinct values", Family.SUMMARY, none, 0)
    yield Metric("mean", "mean", Family.SUMMARY, none)
    yield Metric("std", "standard deviation", Family.SUMMARY, none, 0)
    yield Metric("min", "minimum", Family.SUMMARY, none)
    yield Metric("max", "maximum", Family.SUMMARY, none)


def _drift() -> Iterator[Metric]:
    lower = Direction.LOWER_IS_BETTER
    yield Metric("psi", "PSI", Family.DRIFT, lower, 0)
    yield Metric("jensen_shannon_distance", "Jensen-Shannon distance", Family.DRIFT, lower, 0, 1)
    yield Metric("kl_divergence", "KL divergence", Family.DRIFT, lower, 0)
    yield Metric("ks_statistic", "KS statistic", Family.DRIFT, lower, 0, 1)
    yield Metric("wasserstein_distance", "Wasserstein distance", Family.DRIFT, lower, 0)
    yield Metric("hellinger_distance", "Hellinger distance", Family.DRIFT, lower, 0, 1)
    yield Metric("l_infinity", "largest change of a share", Family.DRIFT, lower, 0, 1)
    # The statistic grows with the rows, so no bound holds for two sample sizes: the p-value does.
    yield Metric("chi_squared", "chi-squared", Family.DRIFT, Direction.NONE, 0)
    yield Metric(
        "chi_squared_p_value", "chi-squared p-value", Family.DRIFT, Direction.HIGHER_IS_BETTER, 0, 1
    )
    yield Metric("pca_reconstruction_error", "PCA reconstruction error", Family.DRIFT, lower, 0)
    yield Metric("correlation_distance", "change of correlations", Family.DRIFT, lower, 0, 2)


def _classification() -> Iterator[Metric]:
    def metric(
        name: str,
        words: str,
        *,
        better: Direction = Direction.HIGHER_IS_BETTER,
        lowest: float = 0,
        highest: float = 1,
        tasks: frozenset[Task] = CLASSIFICATION,
        needs: Iterable[Input] = (Input.ACTUALS,),
    ) -> Metric:
        """Return a metric of classes, better when it is higher unless said otherwise."""
        family = Family.PERFORMANCE
        return Metric(name, words, family, better, lowest, highest, tasks, frozenset(needs))

    lower, both, scored = (
        Direction.LOWER_IS_BETTER,
        Direction.TWO_SIDED,
        (Input.ACTUALS, Input.SCORE),
    )
    yield metric("accuracy", "accuracy")
    yield metric("precision", "precision")
    yield metric("recall", "recall")
    yield metric("specificity", "specificity")
    yield metric("f1", "F1")
    yield metric("mcc", "Matthews correlation", lowest=-1)
    yield metric("roc_auc", "AUC", needs=scored)
    yield metric("average_precision", "average precision", needs=scored)
    yield metric("log_loss", "log-loss", better=lower, highest=math.inf, needs=scored)
    # The Brier score of several classes sums over them, and reaches 2.
    yield metric("brier_score", "Brier score", better=lower, highest=2, needs=scored)
    yield metric("expected_calibration_error", "calibration error", better=lower, needs=scored)
    yield metric(
        "positive_rate", "share of positive predictions", better=both, tasks=BINARY, needs=()
    )
    yield metric("actual_positive_rate", "share of positive labels", better=both, tasks=BINARY)


def _regression() -> Iterator[Metric]:
    def error(name: str, words: str) -> Metric:
        """Return a metric of the size of errors."""
        return Metric(
            name, words, Family.PERFORMANCE, Direction.LOWER_IS_BETTER, 0, math.inf, REGRESSION,
            frozenset({Input.ACTUALS}),
        )  # fmt: skip

    yield error("mae", "mean absolute error")
    yield error("mse", "mean squared error")
    yield error("rmse", "root mean squared error")
    yield error("mape", "mean absolute percentage error")
    yield error("rmsle", "root mean squared log error")
    yield replace(
        error("r2", "R²"), direction=Direction.HIGHER_IS_BETTER, lowest=-math.inf, highest=1
    )
    yield replace(error("bias", "mean error"), direction=Direction.TWO_SIDED, lowest=-math.inf)


def _labels() -> Iterator[Metric]:
    higher, lower = Direction.HIGHER_IS_BETTER, Direction.LOWER_IS_BETTER
    actuals, times = frozenset({Input.ACTUALS}), frozenset({Input.ACTUALS, Input.LABEL_TIMES})
    yield Metric("label_coverage", "label coverage", Family.LABELS, higher, 0, 1, needs=actuals)
    yield Metric("label_delay_p50", "median label delay", Family.LABELS, lower, 0, needs=times)
    yield Metric(
        "label_delay_p95",
        "95th percentile of the label delay",
        Family.LABELS,
        lower,
        0,
        needs=times,
    )
    yield Metric("late_label_fraction", "late labels", Family.LABELS, lower, 0, 1, needs=times)
    yield Metric(
        "label_settling", "hours until labels settle", Family.LABELS, lower, 0, needs=times
    )
    yield Metric("label_silence", "days without a label", Family.LABELS, lower, 0, needs=actuals)


def _estimated(realised: Iterable[Metric]) -> Iterator[Metric]:
    """Yield the estimates of *realised*, which need no actuals."""
    for metric in filter(_is_estimated, realised):
        yield replace(
            metric,
            name=f"{ESTIMATED}{metric.name}",
            words=f"estimated {metric.words}",
            family=Family.ESTIMATED,
            needs=metric.needs - {Input.ACTUALS},
        )


def _estimation_errors(realised: Iterable[Metric]) -> Iterator[Metric]:
    """Yield the estimate less the truth of each of *realised* that is estimated."""
    for metric in filter(_is_estimated, realised):
        scores = frozenset[Input]() if _is_of_losses(metric) else frozenset({Input.SCORE})
        yield replace(
            _difference(metric),
            name=f"{ESTIMATION_ERROR}{metric.name}",
            words=f"estimation error of {metric.words}",
            family=Family.ESTIMATION,
            needs=metric.needs | {Input.ACTUALS} | scores,
        )


def _is_of_losses(metric: Metric) -> bool:
    return metric.tasks == REGRESSION


def _is_estimated(metric: Metric) -> bool:
    """Return whether *metric* is estimated before labels are known."""
    if _is_of_losses(metric):
        return metric.name in ESTIMATED_LOSSES

    return metric.name != _NOT_ESTIMATED


def _versions(realised: Iterable[Metric]) -> Iterator[Metric]:
    """Yield the difference of two versions in each of *realised* by which they are compared."""
    for metric in realised:
        if metric.name in COMPARED:
            yield replace(
                _difference(metric),
                name=f"{VERSUS}{metric.name}",
                words=f"{metric.words} less the champion's",
                family=Family.VERSIONS,
            )


def _difference(metric: Metric) -> Metric:
    """Return what two values of *metric* can differ by, which says nothing of better or worse."""
    reach = metric.highest - metric.lowest

    return replace(metric, direction=Direction.NONE, lowest=-reach, highest=reach)


_REALISED = (*_classification(), *_regression())

#: Every metric by its name, in the order of the documentation.
METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        metric.name: metric
        for metric in (
            *_quality(), *_summary(), *_drift(), *_REALISED, *_labels(), *_estimated(_REALISED),
            *_estimation_errors(_REALISED), *_versions(_REALISED),
        )
    }
)  # fmt: skip


def metrics_of(task: Task) -> tuple[str, ...]:
    """Return the names of the metrics that are computed for *task*."""
    return tuple(name for name, metric in METRICS.items() if task in metric.tasks)
