"""Builds a reference from its table: what its columns fix, its profile, and its outcomes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

import numpy as np
import pyarrow as pa

from monitoring.errors import MonitorError
from monitoring.measures.performance import performance_measures
from monitoring.profile.collecting import Mergeable, merged
from monitoring.profile.grouping import known_values, split
from monitoring.profile.outcomes.outcomes import (
    OutcomeLayout,
    Outcomes,
    empty_outcomes,
    outcome_layout,
    outcomes_of,
)
from monitoring.profile.table import TableProfile
from monitoring.quality.expectation import Expectation
from monitoring.quality.generate import generate_suite
from monitoring.quality.summary import ColumnSummary, with_days
from monitoring.reference import Reference, table_measures
from monitoring.spec.columns import age_columns, watched_columns
from monitoring.spec.model import MonitorSpec
from monitoring.thresholds.book import ThresholdBook
from monitoring.thresholds.calibration import Learning, learn
from monitoring.thresholds.novelty import novel_rows
from monitoring.thresholds.threshold import Threshold
from resources.reference_columns import count_rows, learn_columns
from resources.warehouse.picks import segment_name
from resources.warehouse.query import PARTITION, Query
from resources.warehouse.warehouse import read_compact

#: Stands for the day of rows that have no timestamp.
UNDATED = ""

P = TypeVar("P", bound=Mergeable)


def build_reference_of(
    query: Query,
    *,
    as_of: datetime,
    fixed: Mapping[str, Threshold],
    known: Sequence[str] = (),
) -> Reference:
    """
    Return what is normal for the model of *query*; the schema may have the *known* columns too.

    Raises:
        MonitorError: when the reference has no rows.
    """
    spec = query.spec
    schema = query.warehouse.schema(query.reference_table)
    types = watched_columns(spec, schema)
    statement = query.reference(types)
    rows = count_rows(query.warehouse, statement)
    if rows == 0:
        msg = f"{spec.model}: {query.reference_table} has no rows to learn a reference from."
        raise MonitorError(msg)
    stored = {name: schema.field(name).type for name in age_columns(spec) if name in schema.names}
    columns = learn_columns(query.warehouse, statement, types, rows=rows, stored=stored)
    layout = columns.layout
    empty = TableProfile.empty(layout)
    by_day = _by_day(
        query.warehouse.stream(statement), lambda part: TableProfile.of(part, layout), empty=empty
    )
    days = list(by_day.values())
    profile = merged(days, empty=empty)
    generator = np.random.default_rng(int(layout.fingerprint[:8], 16))
    thresholds = learn(
        Learning(
            days,
            profile,
            empty,
            spec.windows.drift,
            by_batch=spec.by_batch,
            budget=spec.alerts.budget,
            novelty=novel_rows(days, profile),
        ),
        partial(table_measures, profile, bounded=False),
        generator=generator,
    )
    answers = read_compact(query.warehouse, query.reference_outcomes(as_of=as_of))
    outcomes_layout, outcomes, performance = _outcomes(spec, answers, generator)

    return Reference(
        layout=layout,
        profile=profile,
        outcome_layout=outcomes_layout,
        outcomes=outcomes,
        thresholds=ThresholdBook({**thresholds, **performance}, fixed),
        segments={name: known_values(answers, segment_name(name)) for name in spec.segments},
        suite=_suite(
            spec,
            columns.summaries,
            by_day,
            known=list(dict.fromkeys([*schema.names, *known])),
        ),
    )


def _outcomes(
    spec: MonitorSpec, answers: pa.Table, generator: np.random.Generator
) -> tuple[OutcomeLayout | None, Outcomes | None, Mapping[tuple[str, str, str], Threshold]]:
    """Return layout, outcomes and thresholds of a labelled reference; without labels, nothing."""
    if spec.actuals is None:
        return None, None, {}
    layout = outcome_layout(spec.task, answers, positive_class=spec.positive_class)
    empty = empty_outcomes(layout)
    by_day = _by_day(answers.to_batches(), lambda part: outcomes_of(part, layout), empty=empty)
    days = list(by_day.values())
    whole = merged(days, empty=empty)
    learnt = learn(
        Learning(
            days,
            whole,
            empty,
            spec.windows.performance,
            by_batch=spec.by_batch,
            budget=spec.alerts.budget,
        ),
        performance_measures,
        generator=generator,
    )

    return layout, whole, learnt


def _by_day(
    batches: Iterable[pa.RecordBatch], profile_of: Callable[[pa.RecordBatch], P], *, empty: P
) -> Mapping[str, P]:
    """Return the profile of each day of *batches*; of a table without days, that of all rows."""
    days: dict[str, P] = {}
    for batch in batches:
        dated = PARTITION in batch.schema.names
        for day, part in split(batch, PARTITION) if dated else [(UNDATED, batch)]:
            days[str(day)] = days.get(str(day), empty) + profile_of(part)

    return {day: days[day] for day in sorted(days)} or {UNDATED: empty}


def _suite(
    spec: MonitorSpec,
    summaries: Sequence[ColumnSummary],
    days: Mapping[str, TableProfile],
    *,
    known: Sequence[str],
) -> tuple[Expectation, ...]:
    if not spec.quality.generate:
        return ()
    dated = [] if UNDATED in days else list(days.values())

    summaries = [with_days(summary, dated) for summary in summaries]

    return tuple(generate_suite(spec, summaries, known=known))
