"""Tests of how often a reference shows new categories."""

from __future__ import annotations

from functools import partial

import numpy as np
import pyarrow as pa

from monitoring.profile.collecting import merged
from monitoring.profile.layout import TableLayout
from monitoring.profile.table import TableProfile
from monitoring.reference import table_measures
from monitoring.spec.model import FeatureType
from monitoring.thresholds.book import ThresholdBook
from monitoring.thresholds.calibration import Learning, learn
from monitoring.thresholds.novelty import novel_rows
from monitoring.windows import DAY

WEEK = 7


def table(values: list[str]) -> pa.Table:
    """Return a table of one column of words."""
    return pa.table({"word": values})


def profiles(days: list[pa.Table]) -> list[TableProfile]:
    """Return the profiles of *days*, whose words are all categories."""
    layout = TableLayout.of(pa.concat_tables(days), {"word": FeatureType.CATEGORICAL})
    return [TableProfile.of(day, layout) for day in days]


class TestNovelRows:
    """Tests of the rows that were new on their day."""

    def test_days(self) -> None:
        """Rows count whose word no other day has, however often theirs has it."""
        days = profiles([table(["a", "b", "b"]), table(["a", "c"]), table(["a"])])

        assert {"word": 3} == novel_rows(days, merged(days[1:], empty=days[0]))

    def test_one_day(self) -> None:
        """Without days, rows count whose word no other row has."""
        days = profiles([table(["a", "b", "b", "c"])])

        assert {"word": 2} == novel_rows(days, days[0])


class TestManyWords:
    """Tests of a column with more words than a month shows."""

    def test_no_alarm(self) -> None:
        """
        A column that shows new words every day is not alarming when it goes on doing so.

        Regression: the reference knows all of its own words, so a handful of new ones in a week was
        a breach every week.
        """
        generator = np.random.default_rng(6)
        shares = 1 / np.arange(1, 3001)
        names = np.array([f"w{place}" for place in range(3000)])

        def day() -> pa.Table:
            """Draw a day of 30 words by Zipf's law."""
            return table(list(generator.choice(names, 30, p=shares / shares.sum())))

        days = profiles([day() for _ in range(30)])
        whole = merged(days[1:], empty=days[0])
        empty = TableProfile.empty(whole.layout)
        learning = Learning(
            days, whole, empty, [WEEK * DAY], by_batch=False, novelty=novel_rows(days, whole)
        )
        measures_of = partial(table_measures, whole)
        book = ThresholdBook(learn(learning, measures_of, generator=generator))
        breaches = []
        for _ in range(20):
            week = TableProfile.of(pa.concat_tables([day() for _ in range(WEEK)]), whole.layout)
            for measure in measures_of(week):
                if measure.metric == "new_category_fraction":
                    bounds = book.find(measure, window="7d")
                    assert bounds is not None
                    assert measure.value
                    breaches.append(not bounds.admits(measure.value))

        assert 20 == len(breaches)
        assert not any(breaches)
