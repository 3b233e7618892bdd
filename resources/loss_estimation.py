"""Keeps what estimates a regression's losses: the model, and what it expects of each partition."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from monitoring.measures.direct_loss import (
    ExpectedLosses,
    decode_expected_losses,
    no_losses,
    row_losses,
    summed_losses,
)
from monitoring.partitions import Partitions
from monitoring.profile.grouping import Group, SegmentColumn
from monitoring.profile.outcomes.columns import LABEL, PREDICTION
from monitoring.reference import Reference
from monitoring.spec.columns import feature_columns
from monitoring.spec.model import FeatureSpec, MonitorSpec
from resources.journal import Journal
from resources.loss_model import BoostedLossModel, fit_loss_model
from resources.reference_columns import count_rows
from resources.warehouse.collecting import collect_from
from resources.warehouse.pulling import single
from resources.warehouse.query import Query, group_keys
from resources.warehouse.warehouse import Statement

#: The kinds of profiles under which the results store keeps the model and its sums.
LOSS_MODEL = "loss_model"
EXPECTED_LOSSES = "expected_losses"

#: Of a longer reference a sample is fitted: more rows take longer and hardly fit better.
MOST_ROWS = 200_000

_SEED = 20_180_101

#: What is expected of a row travels beside it; no table of a user has such names.
_LOSSES = ("__absolute_error__", "__squared_error__")

B = TypeVar("B", pa.Table, pa.RecordBatch)


@dataclass(frozen=True, slots=True)
class LossEstimation:
    """The loss model of one regression, and what it expects of the partitions that were read."""

    query: Query
    journal: Journal

    @property
    def _spec(self) -> MonitorSpec:
        return self.query.spec

    def learn(self, *, reference: str, as_of: datetime) -> BoostedLossModel:
        """
        Fit a model on the labelled rows of the *reference* with this fingerprint, and keep it.

        Raises:
            TrainingError: when no model can be fitted: see `fit_loss_model`.
        """
        schema = self.query.warehouse.schema(self.query.reference_table)
        types = feature_columns(self._spec, schema)
        statement = self._labelled_reference(tuple(types), as_of=as_of)
        rows = pa.Table.from_batches(list(self._sampled(statement)))
        features = [FeatureSpec(name=name, type=kind) for name, kind in types.items()]
        model = fit_loss_model(_canonical(rows, self._spec), features)
        self.journal.save(LOSS_MODEL, {Group(reference): model}, layout=reference, as_of=as_of)

        return model

    def model(self, *, reference: str) -> BoostedLossModel | None:
        """Return the model that was learnt on *reference*, or None where that gave none."""
        found = self.journal.load(
            LOSS_MODEL, [reference], layout=reference, decode=BoostedLossModel.decode
        )

        return found.get(Group(reference))

    def collect(
        self,
        model: BoostedLossModel,
        partitions: Partitions,
        *,
        reference: Reference,
        as_of: datetime,
    ) -> dict[Group, ExpectedLosses]:
        """
        Read the rows of *partitions* once, and keep what *model* expects of them.

        Each prediction is counted once, as everywhere: of each version, and of the values of the
        segment columns that the *reference* knows.
        """
        spec, warehouse = self._spec, self.query.warehouse
        schema = warehouse.schema(spec.predictions.table)
        apart = {name: known for name, known in reference.segments.items() if name in schema.names}
        columns = [each.name for each in model.features]
        if spec.predictions.prediction is not None:
            columns.append(spec.predictions.prediction)
        once = single(self.query, reference.layout.columns, partitions)
        found = collect_from(
            warehouse,
            once.predictions([*columns, *apart], partitions),
            replace(
                group_keys(spec),
                segments=tuple(SegmentColumn(name, name, apart[name]) for name in apart),
            ),
            lambda batch: summed_losses(_losses_in(batch), model),
            empty=no_losses(model),
            partitions=partitions.keys,
            prepare=lambda batch: _with_losses(batch, row_losses(_canonical(batch, spec), model)),
        )
        self.journal.save(EXPECTED_LOSSES, found, layout=model.fingerprint, as_of=as_of)

        return found

    def expected(
        self, model: BoostedLossModel, partitions: Sequence[str]
    ) -> Mapping[Group, ExpectedLosses]:
        """Return what *model* expected of *partitions*, as far as they were read."""
        return self.journal.load(
            EXPECTED_LOSSES, partitions, layout=model.fingerprint, decode=decode_expected_losses
        )

    def _labelled_reference(self, features: tuple[str, ...], *, as_of: datetime) -> Statement:
        days = self.query.reference_partitions
        if days is not None:
            return self.query.outcomes(days, as_of=as_of, watched=features)
        answers = (self._spec.predictions.prediction, self._spec.reference.label)

        return self.query.reference([*features, *(name for name in answers if name is not None)])

    def _sampled(self, statement: Statement) -> Iterator[pa.RecordBatch]:
        rows = count_rows(self.query.warehouse, statement)
        generator = np.random.default_rng(_SEED)
        for batch in self.query.warehouse.stream(statement):
            kept = generator.random(batch.num_rows) * rows < MOST_ROWS
            yield batch.filter(pa.array(kept))


def _with_losses(batch: pa.RecordBatch, losses: NDArray[np.float64]) -> pa.RecordBatch:
    for name, column in zip(_LOSSES, losses.T, strict=True):
        batch = batch.append_column(name, pa.array(column))

    return batch


def _losses_in(batch: pa.RecordBatch) -> NDArray[np.float64]:
    return np.stack([batch.column(name).to_numpy() for name in _LOSSES], axis=1)


def _canonical(rows: B, spec: MonitorSpec) -> B:
    """Give prediction and label the names that every task knows them by."""
    names = {spec.predictions.prediction: PREDICTION, spec.reference.label: LABEL}

    return rows.rename_columns([names.get(name, name) for name in rows.schema.names])
