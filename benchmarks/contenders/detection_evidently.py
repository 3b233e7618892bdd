"""The tests by which Evidently's DataDriftPreset judges columns at its defaults, day by day."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import evidently  # type: ignore[import-not-found]
import pandas as pd
from evidently import Report
from evidently.legacy.calculations.stattests.registry import (  # type: ignore[import-not-found]
    get_stattest,
)
from evidently.legacy.core import ColumnType  # type: ignore[import-not-found]
from evidently.presets import DataDriftPreset  # type: ignore[import-not-found]
from planted import said_of

#: A report sorts the whole reference each day: it gets this many rows of it, drawn at random.
REFERENCE_ROWS = 18_000

#: A number and a text of which the preset itself is asked too.
_CHECKED = ("feature 0", "feature 29")


def alerts(reference: pd.DataFrame, current: pd.DataFrame) -> dict[int, bool]:
    """Return whether each day of *current* drifts."""
    drawn = reference.sample(min(REFERENCE_ROWS, len(reference)), random_state=0)
    name = reference.columns[0]
    normal = drawn[name].reset_index(drop=True)
    numeric = normal.dtype.kind == "f"
    kind = ColumnType.Numerical if numeric else ColumnType.Categorical
    found = {}
    for day, rows in current.groupby("day")[name]:
        test = get_stattest(normal, rows, kind, None)
        result = test(normal, rows, kind, None)
        found[int(day)] = bool(result.drifted)
        if day == 1 and name in _CHECKED:
            _check(normal, rows, result.drift_score)

    return found


def _check(reference: pd.Series, current: pd.Series, score: float) -> None:
    """Stop unless the preset itself, which takes seconds a day, gives the same *score*."""
    report = Report([DataDriftPreset()]).run(current.to_frame(), reference.to_frame())
    [said] = [each for each in report.dict()["metrics"] if "ValueDrift" in each["metric_name"]]
    if abs(said["value"] - score) > 1e-9:  # noqa: PLR2004 - rounding
        msg = f"{reference.name}: the preset says {said['value']}, its test {score}."
        raise SystemExit(msg)


if __name__ == "__main__":
    told = said_of(Path(sys.argv[1]), alerts)
    print(json.dumps({"what": evidently.__version__, **told}))
