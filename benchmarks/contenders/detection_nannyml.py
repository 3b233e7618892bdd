"""NannyML's univariate drift at its defaults, by chunks of the period that is its option."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nannyml  # type: ignore[import-not-found]
import pandas as pd
from planted import said_of


def alerts(reference: pd.DataFrame, current: pd.DataFrame, period: str) -> dict[int, bool]:
    """Return whether each chunk of *current* alerts, by its last day."""
    calculator = nannyml.UnivariateDriftCalculator(
        column_names=[reference.columns[0]], timestamp_column_name="at", chunk_period=period
    )
    calculator.fit(reference)
    found = calculator.calculate(current).filter(period="analysis").to_df()
    ends = current["day"].to_numpy()[found["chunk", "chunk", "end_index"].to_numpy(dtype=int)]
    [alert] = [column for column in found if column[-1] == "alert"]

    return {int(end): bool(said) for end, said in zip(ends, found[alert], strict=True)}


def main(folder: Path, period: str) -> None:
    """Judge the rows in *folder*."""
    said = said_of(folder, lambda reference, current: alerts(reference, current, period))
    print(json.dumps({"what": nannyml.__version__, **said}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
