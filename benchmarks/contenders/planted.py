"""What a tool says of planted shifts: feature by feature, so that no tool needs much memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

#: How far the first feature moves, in its own standard deviations.
SHIFTS = (0.1, 0.25, 0.5)

#: Days for which a shift is looked for.
PATIENCE = 60

#: Given reference and current rows of one feature, returns whether each window of the latter
#: alerts, by its last day. The columns are the feature, `day` (current days count from 1) and `at`.
Alerts = Callable[[pd.DataFrame, pd.DataFrame], Mapping[int, bool]]


def said_of(folder: Path, alerts: Alerts) -> dict[str, Any]:
    """Return which windows alert although nothing changed, and after how many days a shift does."""
    names = [name for name in pq.read_schema(folder / "rows.parquet").names if "feature" in name]
    alarmed: dict[int, bool] = {}
    for name in names:
        for day, alert in alerts(*_rows_of(folder, name)).items():
            alarmed[day] = alarmed.get(day, False) or alert
    delays = {}
    reference, current = _rows_of(folder, names[0])
    for shift in SHIFTS:
        moved = current[current["day"] <= PATIENCE].copy()
        moved[names[0]] += shift
        found = [day for day, alert in alerts(reference, moved).items() if alert]
        delays[str(shift)] = min(found, default=None)

    return {"alarmed": [alarmed[day] for day in sorted(alarmed)], "delays": delays}


def _rows_of(folder: Path, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the reference and the current rows of one feature; words are categories."""
    rows = pd.read_parquet(folder / "rows.parquet", columns=[name, "day", "at"])
    if rows[name].dtype.kind == "i":
        rows[name] = "w" + rows[name].astype("category").cat.rename_categories(str).astype(object)
        rows[name] = rows[name].astype("category")

    return (
        rows[rows["day"] <= 0].reset_index(drop=True),
        rows[rows["day"] > 0].reset_index(drop=True),
    )
