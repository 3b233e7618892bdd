"""What one labelled row of a regression adds to the sums from which its measures come."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Moment(IntEnum):
    """
    The place of each sum along the last axis.

    The error is prediction minus label; the label is taken from the reference's mean label. The
    higher powers serve the intervals.
    """

    ERROR = 0
    ABSOLUTE_ERROR = 1
    SQUARED_ERROR = 2
    FOURTH_POWER_ERROR = 3
    LABEL = 4
    SQUARED_LABEL = 5
    CUBED_LABEL = 6
    FOURTH_POWER_LABEL = 7
    SQUARED_ERROR_LABEL = 8
    SQUARED_ERROR_SQUARED_LABEL = 9
    RELATIVE_ERROR = 10
    SQUARED_RELATIVE_ERROR = 11
    ZERO_LABELS = 12
    LOG_ERROR = 13
    SQUARED_LOG_ERROR = 14
    BELOW_LOG = 15


def moments(
    predictions: NDArray[np.float64], labels: NDArray[np.float64], *, centre: float
) -> NDArray[np.float64]:
    """
    Return the moments of each row, one column for each `Moment`.

    A row whose relative or logarithmic error does not exist adds 0 to it, and 1 to its count.
    What is too large becomes infinite or NaN, without a warning.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return _moments(predictions, labels, centre)


def _moments(
    predictions: NDArray[np.float64], labels: NDArray[np.float64], centre: float
) -> NDArray[np.float64]:
    error, label = predictions - labels, labels - centre
    squared, label_squared = error**2, label**2
    zero = labels == 0
    relative = np.abs(error) / np.where(zero, 1.0, np.abs(labels)) * ~zero

    # log1p needs more than -1, which is also where scikit-learn stops.
    loggable = (labels > -1) & (predictions > -1)
    log_error = np.log1p(np.where(loggable, predictions, 0.0))
    log_error -= np.log1p(np.where(loggable, labels, 0.0))

    columns = {
        Moment.ERROR: error,
        Moment.ABSOLUTE_ERROR: np.abs(error),
        Moment.SQUARED_ERROR: squared,
        Moment.FOURTH_POWER_ERROR: squared**2,
        Moment.LABEL: label,
        Moment.SQUARED_LABEL: label_squared,
        Moment.CUBED_LABEL: label_squared * label,
        Moment.FOURTH_POWER_LABEL: label_squared**2,
        Moment.SQUARED_ERROR_LABEL: squared * label,
        Moment.SQUARED_ERROR_SQUARED_LABEL: squared * label_squared,
        Moment.RELATIVE_ERROR: relative,
        Moment.SQUARED_RELATIVE_ERROR: relative**2,
        Moment.ZERO_LABELS: zero.astype(np.float64),
        Moment.LOG_ERROR: log_error**2,
        Moment.SQUARED_LOG_ERROR: log_error**4,
        Moment.BELOW_LOG: (~loggable).astype(np.float64),
    }
    return np.stack([columns[moment] for moment in Moment], axis=1)
