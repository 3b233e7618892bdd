"""The verdicts that labels bring with them: too early, too few, not a fair sample."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from monitoring.labels.groups import mark_small_groups
from monitoring.labels.maturity import Maturity, mature_only
from monitoring.labels.weighting import judge_bias
from monitoring.results import Measurement


def judge_labels(
    measurements: Iterable[Measurement], *, maturity: Maturity, as_of: datetime
) -> list[Measurement]:
    """
    Return *measurements* judged by what is known of their labels.

    Verdicts on provisional windows are withheld, small groups are marked, and labels that are not
    a fair sample so far are a warning, which opens no incident.
    """
    mature = mature_only(measurements, maturity=maturity, as_of=as_of)

    return [judge_bias(row) for row in mark_small_groups(mature)]
