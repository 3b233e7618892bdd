"""Pulls the rows of partitions as profiles, and says which rows are not in them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar

from monitoring.errors import ColumnNotFoundError
from monitoring.labels.rows import LabelledRows, labelled_rows, no_rows
from monitoring.measures.exclusions import Exclusions, is_scored, unusable
from monitoring.partitions import Partitions
from monitoring.profile.collecting import Mergeable
from monitoring.profile.excluding import LabelColumns, Reason, Screened, screen
from monitoring.profile.grouping import Group
from monitoring.profile.layout import TableLayout
from monitoring.profile.table import TableProfile
from monitoring.reference import Reference
from resources.warehouse import repeats, strays
from resources.warehouse.collecting import collect_from
from resources.warehouse.latest_labels import CONFLICTS, RECORDED_AT, UNREADABLE
from resources.warehouse.lenient import unreadables, with_flags
from resources.warehouse.query import PARTITION, PREDICTED_AT, Query, group_keys
from resources.warehouse.session import Reusable, session_of
from resources.warehouse.time import TimeColumn
from resources.warehouse.warehouse import read_table

P = TypeVar("P", bound=Mergeable)

#: What travels beside a label in the answers to :meth:`Query.outcomes`.
LABEL_COLUMNS = LabelColumns(PREDICTED_AT, RECORDED_AT, CONFLICTS, UNREADABLE)


@dataclass(frozen=True, slots=True)
class Pulled(Generic[P]):
    """The profile of each group of rows, and what was left out of each partition."""

    profiles: Mapping[Group, P]
    excluded: Mapping[str, Exclusions]


@dataclass(slots=True)
class _Tally:
    """What was found so far of one partition."""

    counts: Counter[Reason] = field(default_factory=Counter)
    details: dict[Reason, str] = field(default_factory=dict)


def pull_predictions(
    query: Query, layout: TableLayout, partitions: Partitions, *, as_of: datetime
) -> Pulled[TableProfile]:
    """Return the profiles of the predictions of *partitions*, each prediction counted once."""
    with session_of(query.warehouse):
        tallies = _repeats(query, layout.columns, partitions)
        once = _single(query, layout.columns, tallies)
        if not partitions.by_batch:
            _add_undated(
                tallies[partitions.keys[-1]], query, query.predicted_at(), _OF_ROWS, as_of=as_of
            )
        _add_unreadable(tallies, query, (*layout.columns, *query.spec.segments), partitions)
        profiles = collect_from(
            query.warehouse,
            once.predictions(layout.columns, partitions),
            group_keys(query.spec),
            partial(TableProfile.of, layout=layout),
            empty=TableProfile.empty(layout),
            partitions=partitions.keys,
        )
    rows = {key: profiles[Group(key)].rows for key in partitions.keys}

    return Pulled(profiles, _exclusions(tallies, rows))


def pull_outcomes(
    query: Query, reference: Reference, partitions: Partitions, *, as_of: datetime
) -> Pulled[LabelledRows]:
    """Return the outcomes of *partitions* with the labels known at *as_of*, and their times."""
    layout = reference.labelled_layout()
    counted = partial(
        labelled_rows, layout=layout, as_of=as_of, predicted=PREDICTED_AT, recorded=RECORDED_AT
    )
    with session_of(query.warehouse):
        once = single(query, reference.layout.columns, partitions)
        found = collect_from(
            query.warehouse,
            once.outcomes(partitions, as_of=as_of),
            group_keys(query.spec, reference.segments),
            partial(screen, profile_of=counted, scored=is_scored(layout), columns=LABEL_COLUMNS),
            empty=Screened(no_rows(layout), {}),
            partitions=partitions.keys,
        )
        orphans = _orphans(query, partitions, as_of=as_of)
        tallies = {key: _Tally(Counter(found[Group(key)].excluded)) for key in partitions.keys}
        actuals = query.spec.actuals
        recorded = None if actuals is None else query.labels(actuals).recorded
        _add_undated(tallies[partitions.keys[-1]], query, recorded, _OF_LABELS, as_of=as_of)
    for key, tally in tallies.items():
        outcomes = found[Group(key)].profile.outcomes
        tally.counts.update(unusable(outcomes, missing=tally.counts[Reason.MISSING_PREDICTION]))
        tally.counts[Reason.ORPHAN_LABEL] += orphans.get(key, 0)
    rows = {key: found[Group(key)].profile.rows for key in partitions.keys}

    return Pulled(
        {group: screened.profile for group, screened in found.items()}, _exclusions(tallies, rows)
    )


def single(query: Query, watched: Iterable[str], partitions: Partitions) -> Query:
    """
    Return *query* as it counts each prediction of *partitions* once.

    Copies agree on what is *watched*; predictions that share an id and do not are left out.
    """
    columns = tuple(watched)

    return _single(query, columns, _repeats(query, columns, partitions))


def _single(query: Query, watched: Iterable[str], tallies: Mapping[str, _Tally]) -> Query:
    """Look for repeats in each row only where there are some: that costs."""
    repeated = any(tally.counts.total() for tally in tallies.values())

    return query.without_repeats(watched) if repeated else query


def _repeats(query: Query, watched: Iterable[str], partitions: Partitions) -> dict[str, _Tally]:
    """Return the copies and contradictions of each partition."""
    tallies = {key: _Tally() for key in partitions.keys}
    for part in _parts(query, partitions):
        try:
            rows = query.identified(part, watched)
        except ColumnNotFoundError:
            # What needs no id is computed without it; the schema's expectations name what is gone.
            return tallies
        if not read_table(query.warehouse, repeats.repeats(rows)).num_rows:
            continue
        for kind in read_table(query.warehouse, repeats.kinds_of_repeats(rows)).to_pylist():
            tally = tallies.get(str(kind[repeats.DAY]), _Tally())
            tally.counts[Reason.DUPLICATE_ID] = int(kind[repeats.DUPLICATES])
            tally.counts[Reason.CONFLICTING_ID] = int(kind[repeats.CONFLICTS])
            tally.details[Reason.CONFLICTING_ID] = (
                f"{kind[repeats.IDS]} ids, such as {kind[repeats.EXAMPLE]!r}"
            )

    return tallies


def _parts(query: Query, partitions: Partitions) -> list[Partitions]:
    """Return *partitions* one by one, where a statement is cheaper than the ids of a month."""
    if not isinstance(query.warehouse, Reusable):
        return [partitions]

    return [Partitions((key,), by_batch=partitions.by_batch) for key in partitions.keys]


def _add_undated(
    last: _Tally,
    query: Query,
    time: TimeColumn | None,
    reasons: tuple[Reason, Reason],
    *,
    as_of: datetime,
) -> None:
    """Count the rows that belong to no day as of the *last* one: there they are seen first."""
    if time is None:
        return
    (found,) = read_table(query.warehouse, strays.undated(time, as_of=as_of)).to_pylist()
    missing, ahead = reasons
    last.counts[missing] = int(found[strays.UNDATED])
    last.counts[ahead] = int(found[strays.FUTURE])


def _add_unreadable(
    tallies: Mapping[str, _Tally], query: Query, names: Sequence[str], partitions: Partitions
) -> None:
    """Count the rows with values of the columns *names* that are not of the column's type."""
    rows = query.predictions(with_flags(names), partitions).subquery()
    odd = unreadables(rows.c, names)
    if not odd:
        return
    statement = strays.unreadable(rows.c[PARTITION], list(odd.values()))
    for found in read_table(query.warehouse, statement).to_pylist():
        tally = tallies.get(str(found[strays.DAY]), _Tally())
        tally.counts[Reason.UNREADABLE_VALUE] = int(found[strays.ROWS])
        counts = {name: int(found[str(at)]) for at, name in enumerate(odd)}
        tally.details[Reason.UNREADABLE_VALUE] = ", ".join(
            f"{name}: {count}" for name, count in counts.items() if count
        )


def _orphans(query: Query, partitions: Partitions, *, as_of: datetime) -> dict[str, int]:
    """Return how many labels without a prediction belong to each partition, where that is known."""
    actuals = query.spec.actuals
    if actuals is None:
        return {}
    labels, prediction = query.labels(actuals), query.identified(partitions, ()).identity
    batch = labels.identity.table.c.get(str(query.spec.predictions.batch))
    statement = strays.orphans(labels, prediction, partitions, batch=batch, as_of=as_of)
    found = [] if statement is None else read_table(query.warehouse, statement).to_pylist()

    return {str(row[strays.DAY]): int(row[strays.ROWS]) for row in found}


def _exclusions(tallies: Mapping[str, _Tally], rows: Mapping[str, int]) -> dict[str, Exclusions]:
    return {
        key: Exclusions(rows[key] + _lost(tally.counts), tally.counts, tally.details)
        for key, tally in tallies.items()
    }


#: Why rows, and labels, belong to no day: they have no time, or one that is far ahead.
_OF_ROWS = (Reason.MISSING_TIMESTAMP, Reason.FUTURE_TIMESTAMP)
_OF_LABELS = (Reason.MISSING_LABEL_TIME, Reason.FUTURE_LABEL_TIME)

#: What takes a whole row along, so that the profile does not count it.
_ROWS_LOST = (
    Reason.DUPLICATE_ID,
    Reason.CONFLICTING_ID,
    Reason.MISSING_SCORE,
    Reason.INVALID_SCORE,
)


def _lost(counts: Counter[Reason]) -> int:
    return sum(counts[reason] for reason in _ROWS_LOST)
