"""Runs a model's suite on the rows of each partition, one partition in memory at a time."""

from datetime import date

from monitoring.partitions import Partitions
from monitoring.quality.day import for_day
from monitoring.quality.verdict import PartitionQuality
from monitoring.windows import DAY, midnight
from resources.expectations import Validator
from resources.journal import TABLE, Journal
from resources.results.records import PartitionRecord
from resources.warehouse.query import Query
from resources.warehouse.warehouse import read_table

#: How many earlier days of the same weekday say how many rows are usual.
WEEKS = 8


def validate_partitions(
    query: Query, journal: Journal, validator: Validator, partitions: Partitions
) -> dict[str, PartitionQuality]:
    """Return the quality of each of *partitions*."""
    suite = journal.reference().suite
    seen = journal.seen(TABLE)
    found: dict[str, PartitionQuality] = {}
    for key in partitions.keys:
        rows = read_table(
            query.warehouse, query.whole_rows(Partitions((key,), by_batch=partitions.by_batch))
        )
        day = None if partitions.by_batch else date.fromisoformat(key)
        expectations = for_day(
            suite,
            start=None if day is None else midnight(day),
            end=None if day is None else midnight(day + DAY),
            rows=rows.num_rows,
            weekday_history=[] if day is None else weekday_rows(seen, day),
        )
        outcomes = validator.validate(rows, expectations)
        found[key] = PartitionQuality(key, rows.num_rows, tuple(outcomes))

    return found


def weekday_rows(seen: dict[str, PartitionRecord], day: date) -> list[int]:
    """Return the rows of the latest days before *day* that fall on its weekday, oldest first."""
    weeks = (day - 7 * back * DAY for back in range(WEEKS, 0, -1))

    return [seen[key].rows for week in weeks if (key := week.isoformat()) in seen]
