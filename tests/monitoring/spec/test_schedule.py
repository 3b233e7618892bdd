"""monitoring.spec.schedule: cron as everyone reads it."""

from __future__ import annotations

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.spec.schedule import check_schedule

ACCEPTED = [
    "0 6 * * *",
    "*/15 * * * *",
    "5/15 * * * *",
    "0 6 * * MON-FRI",
    "0 6 1-31/2 jan,mar *",
    "0 6 29 2 *",
    "0 6 31 4,5 *",
    "0  6 * * 7",
    "@daily",
]

REFUSED = {
    "": "expected minute, hour, day, month and weekday such as '0 6 * * *', got 0 fields in ''",
    "@reboot": "expected minute, hour, day, month and weekday such as '0 6 * * *', "
    "got 1 fields in '@reboot'",
    "0 6 * * * *": "expected minute, hour, day, month and weekday such as '0 6 * * *', "
    "got 6 fields in '0 6 * * * *'",
    "60 * * * *": "expected the minute from 0 to 59, got '60'",
    "0 24 * * *": "expected the hour from 0 to 23, got '24'",
    "0 6 0 * *": "expected the day of the month from 1 to 31, got '0'",
    "0 6 * 13 *": "expected the month from 1 to 12, got '13'",
    "0 6 * * funday": "expected the weekday from 0 to 7, got 'funday'",
    "0 6 * * fri-mon": "expected a range that ends after it starts, got 'fri-mon' for the weekday",
    "1,,2 * * * *": "expected the minute from 0 to 59, got ''",
    "*/0 * * * *": "expected a step from 1 to 59 for the minute, got '0'",
    "*/x * * * *": "expected a step from 1 to 59 for the minute, got 'x'",
    "\u0661 * * * *": "expected the minute from 0 to 59, got '\u0661'",
    "-5 * * * *": "expected the minute from 0 to 59, got ''",
    "0 6 31 4,6 *": "expected a day that comes, but its months have no day 31, got '0 6 31 4,6 *'",
}

NUMBERS = st.integers(0, 61).map(str) | st.sampled_from(["*", "mon", "jan", "x", ""])
ITEMS = (
    NUMBERS
    | st.builds("{}-{}".format, NUMBERS, NUMBERS)
    | st.builds("{}/{}".format, NUMBERS, NUMBERS)
)
FIELDS = st.lists(ITEMS, min_size=1, max_size=2).map(",".join)


def dagster_schedule(text: str) -> dg.ScheduleDefinition:
    """Return a schedule of Dagster, which raises on what it refuses."""
    return dg.ScheduleDefinition(job_name="monitor_day", cron_schedule=text)


class TestCheckSchedule:
    """A schedule is returned as it is, or refused with the field that is wrong."""

    @pytest.mark.parametrize("text", ACCEPTED)
    def test_accepted(self, text: str) -> None:
        """
        Values, ranges, steps, lists and names are schedules.
        """
        assert text == check_schedule(text)

    @pytest.mark.parametrize(("text", "message"), REFUSED.items(), ids=REFUSED)
    def test_refused(self, text: str, message: str) -> None:
        """
        What is out of range, ends before it starts, or never comes is refused.
        """
        with pytest.raises(ValueError, match="expected") as raised:
            check_schedule(text)

        assert message == str(raised.value)

    @pytest.mark.parametrize("text", [*ACCEPTED, "@hourly", "@weekly", "@monthly", "@yearly"])
    def test_dagster_agrees(self, text: str) -> None:
        """
        What is accepted here makes a Dagster schedule.
        """
        assert text == dagster_schedule(text).cron_schedule

    @given(st.lists(FIELDS, min_size=5, max_size=5).map(" ".join))
    def test_no_more_than_dagster(self, text: str) -> None:
        """
        Whatever is accepted here, Dagster accepts too: a bad schedule stops every model.
        """
        try:
            check_schedule(text)
        except ValueError:
            return

        assert text == dagster_schedule(text).cron_schedule
