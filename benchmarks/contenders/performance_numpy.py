"""A plain script: a join by pyarrow, and AUC, log loss and F1 of each day by numpy."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def area_under_curve(scores: Floats, labels: Floats) -> float:
    """Return the AUC by the rank sum; ties count half."""
    values, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    del values
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    positives = labels.sum()
    above = ranks[labels == 1].sum() - positives * (positives + 1) / 2
    return float(above / (positives * (len(labels) - positives)))


def measured(scores: Floats, decisions: Floats, labels: Floats) -> tuple[float, float, float]:
    """Return AUC, log loss and F1."""
    bounded = np.clip(scores, 1e-15, 1 - 1e-15)
    log_loss = -np.log(np.where(labels == 1, bounded, 1 - bounded)).mean()
    hits = (decisions * labels).sum()
    return (
        area_under_curve(scores, labels),
        float(log_loss),
        float(2 * hits / (decisions.sum() + labels.sum())),
    )


def main(folder: Path) -> None:
    """Join and measure day by day."""
    started = time.process_time()
    predictions = pq.read_table(folder / "predictions.parquet")
    actuals = pq.read_table(folder / "actuals.parquet", columns=["prediction_id", "label"])
    joined = predictions.join(actuals, "prediction_id", join_type="inner").sort_by("predicted_at")
    days = joined["predicted_at"].to_numpy().astype("datetime64[D]")
    starts = np.flatnonzero(np.append(True, days[1:] != days[:-1]))
    columns = [joined[name].to_numpy() for name in ("probability", "predicted_label", "label")]
    parts = zip(*(np.split(column, starts[1:]) for column in columns), strict=True)
    results = [measured(*part) for part in parts]

    what = f"{len(results)} days, {joined.num_rows:,} labels: AUC, log loss, F1"
    print(json.dumps({"what": what, "start": started}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
