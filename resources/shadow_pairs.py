"""What versions in the shadow answered to the ids that others served, beside what came true."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from monitoring.partitions import Partitions
from monitoring.profile.grouping import UNKNOWN, Group
from monitoring.retraining.pairs import Pairs
from resources.journal import Journal
from resources.training_rows import TrainingRows
from resources.warehouse.picks import VERSION
from resources.warehouse.query import Query

#: The kind under which the pairs of a partition are kept; no layout fixes how they are counted.
PAIRS = "pairs"
_LAYOUT = "1"


def save_pairs(journal: Journal, query: Query, partitions: Partitions, *, as_of: datetime) -> None:
    """
    Count how the versions of the shadow table differ from those that served, by partition.

    Nothing where the monitor file names no such table. A partition that has lost its pairs is
    emptied.
    """
    if query.spec.predictions.shadow is None or query.spec.actuals is None:
        return
    for key in partitions.keys:
        part = Partitions((key,), by_batch=partitions.by_batch)
        found = {Group(key): Pairs(0, {})} | dict(_pairs(query, part, as_of=as_of))
        journal.save(PAIRS, found, layout=_LAYOUT, as_of=as_of)


def load_pairs(
    journal: Journal, partitions: Sequence[str], *, as_of: datetime
) -> dict[Group, Pairs]:
    """
    Return the pairs of *partitions* by version, as far as they were counted by *as_of*.

    The segment names the version that served.
    """
    if journal.spec.predictions.shadow is None:
        return {}
    seen = journal.seen(PAIRS, by=as_of)
    known = [key for key in partitions if key in seen]

    return journal.load(PAIRS, known, layout=_LAYOUT, decode=Pairs.decode)


def _pairs(query: Query, part: Partitions, *, as_of: datetime) -> Mapping[Group, Pairs]:
    spec, identity = query.spec, query.spec.predictions.id
    answers = spec.predictions.model_copy(update={"table": spec.predictions.shadow})
    shadow = replace(query, spec=spec.model_copy(update={"predictions": answers}), by_version=True)
    aside = TrainingRows.read(shadow, part, [identity], as_of=as_of)
    if not aside.table.num_rows:
        return {}
    served = TrainingRows.read(query, part, [identity], as_of=as_of)
    figures = (served.figures(), aside.figures())
    versions = [_by_version(rows.table) for rows in (served, aside)]
    ids = [rows.table[identity].cast(pa.string()) for rows in (served, aside)]
    found: dict[Group, Pairs] = {}
    for champion, of_champion in versions[0].items():
        for challenger, of_challenger in versions[1].items():
            wanted = ids[1].take(of_challenger)
            at = pc.index_in(wanted, value_set=ids[0].take(of_champion).combine_chunks())
            both = np.asarray(at.is_valid())
            chosen = of_champion[np.asarray(at.drop_null()).astype(np.int64)]
            found[Group(part.keys[0], challenger, champion)] = Pairs.of(
                {name: values[chosen] for name, values in figures[0].items()},
                {name: values[of_challenger[both]] for name, values in figures[1].items()},
            )

    return found


def _by_version(table: pa.Table) -> dict[str, NDArray[np.int64]]:
    """Return the positions of the rows of each version."""
    names = [str(name) if name else UNKNOWN for name in table[VERSION].to_pylist()]
    column = np.array(names, dtype=object)

    return {name: np.flatnonzero(column == name) for name in sorted(set(names))}
