"""whylogs: profiles of both tables, and its default drift scores."""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import whylogs  # type: ignore[import-not-found]
from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores  # type: ignore[import-not-found]


def main(folder: Path) -> None:
    """Profile *folder*'s two files one after the other, and compare the profiles."""
    started = time.process_time()
    reference, current = (
        whylogs.log(pandas=pd.read_parquet(folder / f"{name}.parquet")).view()
        for name in ("reference", "current")
    )
    scores = calculate_drift_scores(current, reference, with_thresholds=True)
    found = [score for score in scores.values() if score is not None]

    what = f"{version('whylogs')}, KS from sketches, chi-squared: {len(found)} scores, 1 a column"
    print(json.dumps({"what": what, "start": started}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
