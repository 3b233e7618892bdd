"""NannyML's realised performance by day; it has no log loss."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nannyml  # type: ignore[import-not-found]
import pandas as pd

METRICS = ["roc_auc", "f1"]


def main(folder: Path) -> None:
    """Join with pandas, fit on the reference and calculate."""
    reference, predictions, actuals = (
        pd.read_parquet(folder / f"{name}.parquet")
        for name in ("reference", "predictions", "actuals")
    )
    joined = predictions.merge(actuals[["prediction_id", "label"]], on="prediction_id", how="left")
    calculator = nannyml.PerformanceCalculator(
        metrics=METRICS,
        y_true="label",
        y_pred="predicted_label",
        y_pred_proba="probability",
        timestamp_column_name="predicted_at",
        problem_type="classification_binary",
        chunk_period="D",
    )
    calculator.fit(reference)
    results = calculator.calculate(joined).filter(period="analysis").to_df()

    what = f"{nannyml.__version__}, {len(results)} days, {len(actuals):,} labels: AUC and F1"
    print(json.dumps({"what": what}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
