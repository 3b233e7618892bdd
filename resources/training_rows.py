"""The labelled rows of some days, as trainers take them and as two models are compared on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from monitoring.partitions import Partitions
from monitoring.profile.excluding import set_aside
from monitoring.profile.outcomes.columns import PREDICTION
from monitoring.profile.outcomes.count_binary import DECISION
from monitoring.profile.outcomes.labels import class_codes, class_key, class_keys
from monitoring.retraining.comparison import Sample
from monitoring.retraining.losses import log_losses
from monitoring.spec.columns import answer_columns
from monitoring.spec.model import MonitorSpec, Task
from resources.trainers.answers import Answers
from resources.training import LABEL
from resources.warehouse.picks import segment_name
from resources.warehouse.pulling import LABEL_COLUMNS, single
from resources.warehouse.query import PARTITION, Query
from resources.warehouse.session import session_of


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """Rows that have a label and an answer of the deployed model, with their features."""

    spec: MonitorSpec
    answers: Answers
    table: pa.Table

    @classmethod
    def read(
        cls, query: Query, partitions: Partitions, features: Sequence[str], *, as_of: datetime
    ) -> Self:
        """
        Read the rows of *partitions* with the labels known at *as_of*, as monitored rows are read.

        Copies of a prediction count once; what contradicts itself, has no usable answer, or a
        label from before it was made, is left out.
        """
        answers = Answers.of(query.spec)
        # The query takes the span from the first day to the last; days in between may be left out.
        span = partitions if partitions.keys else Partitions.of_days([as_of.date()])
        table = _screened(query, span, features, as_of=as_of)
        wanted = pa.array(partitions.keys, pa.string())
        kept = pc.is_in(pc.cast(table[PARTITION], pa.string()), value_set=wanted)
        table = table.filter(pc.and_(kept, pc.is_valid(table[LABEL])))
        finite = np.isfinite(answers.of_rows(table))
        usable: NDArray[np.bool_] = np.all(np.atleast_2d(finite.T), axis=0)
        if answers.classes:
            usable = usable & (answers.codes(table[LABEL]) < len(answers.classes))

        return cls(query.spec, answers, table.filter(pa.array(usable.tolist(), pa.bool_())))

    @property
    def deployed(self) -> NDArray[np.float64]:
        """What the deployed model answered."""
        return self.answers.of_rows(self.table)

    def figures(self) -> dict[str, NDArray[np.float64]]:
        """Return what each row adds to the metrics that are means: of hits, or of losses."""
        truth, answers = self._truth(), self.deployed
        if self.answers.task is Task.REGRESSION:
            errors = answers - truth.astype(np.float64)
            return {"mae": np.abs(errors), "mse": errors**2}
        if self.answers.classes:
            of_truth = answers[np.arange(len(truth)), truth.astype(np.int64)]
            likeliest = answers.argmax(axis=1) == truth
        else:
            positive = truth.astype(np.bool_)
            of_truth = np.where(positive, answers, 1 - answers)
            likeliest = (answers >= DECISION) == positive

        return {
            "accuracy": self._hits(likeliest).astype(np.float64),
            "log_loss": log_losses(of_truth),
        }

    def _hits(self, likeliest: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which predictions came true; without any, the *likeliest* class counts."""
        if PREDICTION not in self.table.column_names:
            return likeliest
        classes = class_keys(self.table[LABEL])
        said, came = (class_codes(self.table[name], classes) for name in (PREDICTION, LABEL))

        return np.asarray(said == came)

    def sample(self, champion: NDArray[np.float64], challenger: NDArray[np.float64]) -> Sample:
        """Return the answers of two models beside what turned out to be true."""
        days = np.asarray(self.table[PARTITION].cast(pa.string()).to_numpy()).astype(
            "datetime64[D]"
        )

        return Sample(champion, challenger, self._truth(), days.astype(np.int64), self._segments())

    def _truth(self) -> NDArray[np.generic]:
        labels = self.table[LABEL]
        if self.answers.task is Task.REGRESSION:
            return np.asarray(labels.cast(pa.float64()).to_numpy())
        if self.answers.classes:
            return self.answers.codes(labels)
        wanted = class_key(self.spec.positive_class)

        return np.array([class_key(label) == wanted for label in labels.to_pylist()], dtype=bool)

    def _segments(self) -> dict[str, NDArray[np.bool_]]:
        """Return which rows are of each value of the columns that are watched apart."""
        found: dict[str, NDArray[np.bool_]] = {}
        for column in self.spec.segments:
            coded = self.table[segment_name(column)].combine_chunks().dictionary_encode()
            codes = np.asarray(coded.indices.fill_null(-1))
            for code, value in enumerate(coded.dictionary.to_pylist()):
                found[f"{column}={value}"] = codes == code

        return found


def _screened(
    query: Query, partitions: Partitions, features: Sequence[str], *, as_of: datetime
) -> pa.Table:
    """Return the rows of *partitions* that a monitor counts, with their labels."""
    with session_of(query.warehouse):
        once = single(query, [*features, *answer_columns(query.spec)], partitions)
        statement = once.outcomes(partitions, as_of=as_of, features=features)
        scored = query.spec.task is not Task.REGRESSION
        kept = [
            set_aside(batch, scored=scored, columns=LABEL_COLUMNS)[0]
            for batch in query.warehouse.stream(statement)
        ]

    return pa.Table.from_batches(kept) if kept else pa.table({})
