"""NannyML's realised performance by day; it has no log loss."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import nannyml  # type: ignore[import-not-found]
import pandas as pd

METRICS = ("roc_auc", "f1")

#: With ``--more``: all that ours has as well.
MORE = ("accuracy", "average_precision", "precision", "recall", "specificity")


def main(folder: Path, metrics: list[str]) -> None:
    """Join with pandas, fit on the reference and calculate."""
    started = time.process_time()
    reference, predictions, actuals = (
        pd.read_parquet(folder / f"{name}.parquet")
        for name in ("reference", "predictions", "actuals")
    )
    joined = predictions.merge(actuals[["prediction_id", "label"]], on="prediction_id", how="left")
    calculator = nannyml.PerformanceCalculator(
        metrics=metrics,
        y_true="label",
        y_pred="predicted_label",
        y_pred_proba="probability",
        timestamp_column_name="predicted_at",
        problem_type="classification_binary",
        chunk_period="D",
    )
    calculator.fit(reference)
    results = calculator.calculate(joined).filter(period="analysis").to_df()

    size = f"{len(results)} days, {len(actuals):,} labels: {len(metrics)} metrics"
    what = f"{nannyml.__version__}, {size}"
    print(json.dumps({"what": what, "start": started}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), [*METRICS, *(MORE if "--more" in sys.argv else ())])
