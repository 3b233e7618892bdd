"""How often a reference showed a category for the first time: what a fresh window will do again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from monitoring.profile.categorical import CategoricalProfile
from monitoring.profile.table import TableProfile


def novel_rows(days: Sequence[TableProfile], whole: TableProfile) -> dict[str, int]:
    """
    Return for each categorical column the rows of *whole* whose category no other day has.

    Had a day not been in the reference, these of its rows would be new categories (leaving one day
    out). Without days it is the rows whose category no other row has (Good 1953). 0 to all rows.
    """
    return {
        name: _of_column(name, column, days)
        for name, column in whole.columns.items()
        if isinstance(column, CategoricalProfile)
    }


def _of_column(name: str, column: CategoricalProfile, days: Sequence[TableProfile]) -> int:
    parts = [day.columns[name] for day in days]
    counts = [part.counts for part in parts if isinstance(part, CategoricalProfile)]
    if len(counts) < 2:  # noqa: PLR2004 - one day is no other day's reference
        return int((column.counts == 1).sum())
    days_with = np.sum([day > 0 for day in counts], axis=0)

    return int(column.counts[days_with == 1].sum())
