"""Keeps what was left out of each partition beside its measurements."""

from collections.abc import Mapping

from monitoring.measures.exclusions import Exclusions, exclusion_measurements
from monitoring.measures.judging import Stamp
from monitoring.quality.verdict import window_of
from resources.journal import Journal


def save_exclusions(
    journal: Journal, step: str, excluded: Mapping[str, Exclusions], *, stamp: Stamp
) -> None:
    """Put what *step* has left out of each partition in place of what it said before."""
    by_batch = journal.spec.by_batch
    found = {window_of(key, by_batch=by_batch): value for key, value in excluded.items()}
    journal.save_measurements(step, found, exclusion_measurements(found, stamp=stamp))
