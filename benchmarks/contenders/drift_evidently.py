"""Evidently's default drift report."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import evidently  # type: ignore[import-not-found]
import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset  # type: ignore[import-not-found]


def main(folder: Path) -> None:
    """Run the preset on *folder*'s two files."""
    started = time.process_time()
    reference, current = (
        pd.read_parquet(folder / f"{name}.parquet") for name in ("reference", "current")
    )
    report = Report([DataDriftPreset()]).run(current, reference)
    scores = [each for each in report.dict()["metrics"] if "ValueDrift" in each["metric_name"]]

    what = f"{evidently.__version__}, DataDriftPreset: {len(scores)} drift scores, 1 a column"
    print(json.dumps({"what": what, "start": started}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
