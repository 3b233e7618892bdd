"""Tests of which days labels touch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitoring.labels.arrivals import OVERLAP, Arrivals, Watch, days_to_recompute
from monitoring.labels.maturity import Maturity

MATURITY = Maturity(timedelta(days=3))
DAY_1, DAY_2 = date(2026, 1, 1), date(2026, 1, 2)


def at(day: int, hour: int = 0) -> datetime:
    """Return a moment of January 2026."""
    return datetime(2026, 1, day, hour, tzinfo=UTC)


class TestDaysToRecompute:
    """Tests of the days whose numbers have changed."""

    def test_later_label(self) -> None:
        """A label that came after its day was read counts, one that was read then does not."""
        arrivals = {DAY_1: at(2, 12), DAY_2: at(2, 11)}
        read_at = {DAY_1: at(2, 11), DAY_2: at(2, 11)}

        assert [DAY_1] == days_to_recompute(arrivals, read_at, maturity=MATURITY, now=at(3))

    def test_unread_day(self) -> None:
        """A day that was never read is left to the schedule."""
        assert [] == days_to_recompute({DAY_1: at(9)}, {}, maturity=MATURITY, now=at(10))

    def test_maturing(self) -> None:
        """A day whose labels have become due since it was read is judged at last, and once."""
        assert [] == days_to_recompute({}, {DAY_1: at(2)}, maturity=MATURITY, now=at(4, 23))
        assert [DAY_1] == days_to_recompute({}, {DAY_1: at(2)}, maturity=MATURITY, now=at(5))
        assert [] == days_to_recompute({}, {DAY_1: at(5)}, maturity=MATURITY, now=at(9))

    @given(
        st.dictionaries(st.dates(DAY_1, date(2026, 1, 9)), st.datetimes(timezones=st.just(UTC))),
        st.dictionaries(st.dates(DAY_1, date(2026, 1, 9)), st.datetimes(timezones=st.just(UTC))),
        st.datetimes(timezones=st.just(UTC)),
    )
    def test_recomputing_settles(
        self, arrivals: dict[date, datetime], read_at: dict[date, datetime], now: datetime
    ) -> None:
        """Once the days are read at a later moment, nothing is left to recompute."""
        days = days_to_recompute(arrivals, read_at, maturity=MATURITY, now=now)
        latest = max([now, *arrivals.values(), *read_at.values()])

        again = read_at | dict.fromkeys(days, latest)
        assert sorted(days) == days
        assert [] == days_to_recompute(arrivals, again, maturity=MATURITY, now=now)


class TestWatch:
    """Tests of what is remembered between two looks at the labels."""

    def test_waits_until_read(self) -> None:
        """A day waits from its last label on, until it was read after that."""
        watch = Watch(at(1)).after({DAY_1: Arrivals(at(2), counted=5, recent=5)}, now=at(2, 1))
        watch = Watch(watch.at, watch.counts, {DAY_1: at(2)})

        assert {DAY_1: at(2)} == watch.settled({DAY_1: at(1)}).pending
        assert {} == watch.settled({DAY_1: at(2, 1)}).pending
        assert {} == watch.settled({}).pending

    def test_late_commit(self) -> None:
        """
        A label that became visible after the day was read is found by the count.

        Its recorded time is that of the beginning of its transaction, before the day was read.
        """
        watch = Watch().after({DAY_1: Arrivals(at(2, 1), counted=5, recent=5)}, now=at(2, 2))
        later = watch.after({DAY_1: Arrivals(at(2, 1), counted=6, recent=6)}, now=at(2, 4))

        assert {DAY_1: at(2, 4)} == later.settled({DAY_1: at(2, 3)}).pending

    def test_deleted(self) -> None:
        """A day that has fewer labels than before waits, also when it has none any more."""
        found = {DAY_1: Arrivals(at(2), 5, 5), DAY_2: Arrivals(at(2), 1, 1)}
        watch = Watch().after(found, now=at(2, 1))

        assert [DAY_1, DAY_2] == watch.changed({DAY_1: Arrivals(at(2), 4, 4)})

    def test_left_behind(self) -> None:
        """A label that the next look does not count again is not missed by it."""
        watch = Watch().after({DAY_1: Arrivals(at(2), counted=5, recent=0)}, now=at(2, 9))

        assert [] == watch.changed({})
        assert at(2, 8) == watch.since(timedelta(hours=1))

    def test_encode(self) -> None:
        """What is stored is read back; before the first look there is nothing."""
        watch = Watch().after({DAY_1: Arrivals(at(2), 5, 5)}, now=at(2, 1))

        assert watch == Watch.decode(watch.encode())
        assert Watch() == Watch.decode(None) == Watch.decode(Watch().encode())
        assert Watch().since(timedelta(hours=1)) is None


@dataclass(frozen=True, slots=True)
class Label:
    """A label of a day, in minutes: recorded, visible from its commit on, and until it is gone."""

    day: int
    recorded: int
    commit: int
    gone: int

    def seen(self, now: int) -> bool:
        """Return whether a reader at *now* sees it."""
        return self.commit <= now < self.gone and self.recorded <= now


@st.composite
def labels(draw: st.DrawFn) -> Label:
    """
    Draw a label that is committed late, or one that is deleted within the hour.

    Both on one day between two looks would leave its count as it was.
    """
    recorded, day = draw(st.integers(0, 150)), draw(st.integers(0, 2))
    if day == 0:
        # What is gone before the first look was never counted.
        return Label(day, recorded + 10, recorded + 10, recorded + draw(st.integers(11, 60)))

    return Label(day, recorded, recorded + draw(st.integers(0, 50)), 10_000)


def minute(number: int) -> datetime:
    """Return a moment by its minute."""
    return at(1) + timedelta(minutes=number)


def look(rows: list[Label], watch: Watch, now: int) -> Watch:
    """Look at the labels as the sensor does."""
    since = watch.since(OVERLAP) or minute(-60)
    found = [row for row in rows if row.seen(now) and minute(row.recorded) > since]
    recent = minute(now) - OVERLAP
    days = {
        DAY_1 + timedelta(days=day): Arrivals(
            max(minute(row.recorded) for row in found if row.day == day),
            counted=sum(row.day == day for row in found),
            recent=sum(row.day == day and minute(row.recorded) > recent for row in found),
        )
        for day in {row.day for row in found}
    }

    return watch.after(days, now=minute(now))


class TestEndState:
    """What is read in the end, whatever came when."""

    @given(st.lists(labels(), max_size=12), st.integers(1, 4))
    def test_nothing_is_missed(self, rows: list[Label], lag: int) -> None:
        """
        When all labels are there, every day was read after its last change.

        However late they were committed and however soon deleted, within the overlap; days are
        read by the sensor's runs alone, a few minutes after each look.
        """
        days = [DAY_1 + timedelta(days=day) for day in range(3)]
        read_at = dict.fromkeys(days, minute(0))
        read = {
            day: frozenset(row for row in rows if row.day == (day - DAY_1).days and row.seen(0))
            for day in days
        }
        watch = Watch()
        for now in range(5, 320, 5):
            watch = look(rows, watch, now).settled(read_at)
            for day in days_to_recompute(
                watch.pending, read_at, maturity=MATURITY, now=minute(now)
            ):
                number = (day - DAY_1).days
                read_at[day] = minute(now + lag)
                read[day] = frozenset(
                    row for row in rows if row.day == number and row.seen(now + lag)
                )

        assert read == {
            DAY_1 + timedelta(days=day): frozenset(
                row for row in rows if row.day == day and row.seen(320)
            )
            for day in range(3)
        }
