"""One series from guess to truth: the estimate, as labels come in more and more the realised."""

from __future__ import annotations

import math
from collections.abc import Sequence

from monitoring.measures.estimation import PREFIX
from monitoring.metrics import METRICS
from monitoring.results import Measure

BLENDED = "blended_"


def blended_measures(
    realised: Sequence[Measure], estimated: Sequence[Measure], *, complete: float
) -> list[Measure]:
    """
    Return, as ``blended_<metric>``, estimates weighted with what their labels say so far.

    *complete* is the share of the labels that have come, from 0 (the estimate alone) to 1 (the
    realised number alone). The rest is known only as well as the estimate is: its interval holds,
    beside the estimate's own, how far the estimate is from the realised number beyond what the two
    intervals allow. An estimate that was wrong so far may be wrong about the rest. No interval goes
    beyond what the metric can be.
    """
    truths = {(measure.column, measure.metric): measure for measure in realised}

    return [
        _blend(truths.get((each.column, each.metric.removeprefix(PREFIX))), each, complete=complete)
        for each in estimated
    ]


def _blend(truth: Measure | None, estimate: Measure, *, complete: float) -> Measure:
    name = f"{BLENDED}{estimate.metric.removeprefix(PREFIX)}"
    if truth is None or truth.value is None or complete <= 0:
        return _renamed(estimate, name, rows=estimate.rows)
    if estimate.value is None or complete >= 1:
        return _renamed(truth, name, rows=estimate.rows)

    rest = 1 - complete
    value = complete * truth.value + rest * estimate.value
    gap = _excess(truth, estimate)
    spans = [_spans(truth), _spans(estimate)]
    if None in spans:
        return Measure(estimate.column, name, value, estimate.rows)
    (below, above), (under, over) = (span or (0.0, 0.0) for span in spans)
    least, most = _range(truth.metric)

    return Measure(
        estimate.column,
        name,
        value,
        estimate.rows,
        lower=max(value - math.hypot(complete * below, rest * under, rest * gap), least),
        upper=min(value + math.hypot(complete * above, rest * over, rest * gap), most),
    )


def _range(metric: str) -> tuple[float, float]:
    """Return the least and the greatest value that *metric* can have."""
    entry = METRICS.get(metric)

    return (-math.inf, math.inf) if entry is None else (entry.lowest, entry.highest)


def _excess(truth: Measure, estimate: Measure) -> float:
    """Return how far the two are apart beyond what their intervals allow."""
    if truth.value is None or estimate.value is None:
        return 0.0
    above = estimate.value > truth.value
    allowed = math.hypot(
        *(
            span[side]
            for measure, side in ((truth, int(above)), (estimate, int(not above)))
            if (span := _spans(measure)) is not None
        )
    )
    distance = abs(estimate.value - truth.value)

    return math.sqrt(max(distance**2 - allowed**2, 0.0))


def _spans(measure: Measure) -> tuple[float, float] | None:
    if measure.value is None or measure.lower is None or measure.upper is None:
        return None

    return measure.value - measure.lower, measure.upper - measure.value


def _renamed(measure: Measure, name: str, *, rows: int) -> Measure:
    return Measure(
        measure.column, name, measure.value, rows, measure.lower, measure.upper, measure.reason
    )
