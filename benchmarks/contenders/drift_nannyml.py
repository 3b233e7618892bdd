"""NannyML's univariate drift with its default methods, all current rows as one chunk."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import nannyml  # type: ignore[import-not-found]
import pandas as pd


def main(folder: Path) -> None:
    """Fit the reference and calculate the current rows."""
    started = time.process_time()
    reference, current = (
        pd.read_parquet(folder / f"{name}.parquet") for name in ("reference", "current")
    )
    calculator = nannyml.UnivariateDriftCalculator(
        column_names=list(reference.columns), chunk_number=1
    )
    calculator.fit(reference)
    results = calculator.calculate(current).filter(period="analysis").to_df()
    scores = [column for column in results.columns if column[-1] == "value"]

    what = f"{nannyml.__version__}, default methods (JS): {len(scores)} drift scores, 1 a column"
    print(json.dumps({"what": what, "start": started}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
