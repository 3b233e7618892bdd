"""Tests of what is said of windows without some of their rows."""

from __future__ import annotations

from monitoring.measures.blocking import left_out
from monitoring.results import ALL, Measure

ROWS = Measure(ALL, "rows", 90.0, 90)
EMPTY = Measure(ALL, "psi", None, 90, reason="no values")
DAYS = [f"2026-01-0{number}" for number in range(1, 8)]


class TestLeftOut:
    """Tests of numbers without the days that are blocked."""

    def test_nothing_blocked(self) -> None:
        """Blocked days of other windows change nothing."""
        assert [ROWS] == left_out([ROWS], DAYS, read=set(DAYS), blocked={"2026-02-01": "why"})

    def test_all_blocked(self) -> None:
        """No number is left, whatever reason it had; several causes are all named."""
        blocked = {DAYS[0]: "blocked by schema", DAYS[1]: "blocked by scores"}

        found = left_out([ROWS, EMPTY], DAYS[:2], read=set(), blocked=blocked)
        assert {(None, 0, "blocked by schema; blocked by scores")} == {
            (each.value, each.rows, each.reason) for each in found
        }

    def test_unread_day(self) -> None:
        """Beside a day that was never read, a blocked day is all there was."""
        (found,) = left_out([ROWS], DAYS[:2], read=set(), blocked={DAYS[0]: "blocked by schema"})

        assert (None, "blocked by schema") == (found.value, found.reason)

    def test_own_reason(self) -> None:
        """A number that has a reason of its own keeps it."""
        found = left_out([EMPTY], DAYS, read=set(DAYS), blocked={DAYS[0]: "blocked by schema"})

        assert ["no values"] == [each.reason for each in found]

    def test_many(self) -> None:
        """Days with one cause are told together, and no more than three by name."""
        blocked = dict.fromkeys(DAYS[1:6], "blocked by schema") | {DAYS[6]: "blocked by scores"}

        (found,) = left_out([ROWS], DAYS, read={DAYS[0]}, blocked=blocked)
        assert (
            "without 2026-01-02, 2026-01-03, 2026-01-04 and 2 more: blocked by schema;"
            " without 2026-01-07: blocked by scores"
        ) == found.reason
