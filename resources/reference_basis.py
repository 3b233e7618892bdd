"""Which rows say what is normal: those of the monitor file, or those of the version in use."""

from dataclasses import dataclass
from pathlib import Path

from monitoring.errors import MonitorError
from monitoring.profile.outcomes.columns import LABEL
from monitoring.spec.model import MonitorSpec, ReferenceSpec
from resources.champion_changes import champion_changes
from resources.results.records import ModelVersionRecord
from resources.results.store import ResultsStore
from resources.training import is_intact
from resources.warehouse.duckdb import DuckDBWarehouse
from resources.warehouse.query import Query
from resources.warehouse.warehouse import Warehouse

#: The kind of profiles by which one sees on which days a version has answered.
_TABLE = "predictions"


@dataclass(frozen=True, slots=True)
class Basis:
    """
    The rows that are normal from the day *valid_from* on; the empty text is from the beginning.

    *version* is the one whose answers they are, at *path*; without one they are those of the
    monitor file. *is_new* says that other rows hold until now.
    """

    valid_from: str = ""
    version: str | None = None
    path: Path | None = None
    is_new: bool = False

    def query(self, spec: MonitorSpec, warehouse: Warehouse) -> Query:
        """Return what reads the rows."""
        if self.path is None:
            return Query(spec, warehouse)
        label = spec.reference.label or LABEL
        # The times in the file have a zone.
        answers = {"timezone": "UTC", "timestamp_unit": None}
        changes = {
            "predictions": spec.predictions.model_copy(update=answers),
            "reference": ReferenceSpec(table=str(self.path), label=label),
        }

        return Query(spec.model_copy(update=changes), DuckDBWarehouse())


def basis_of(spec: MonitorSpec, store: ResultsStore) -> Basis:
    """
    Return the rows that are to be normal now, also where no reference was learnt from them yet.

    The version in use brings its own from the first day on which it answers; where predictions
    name no version, from the day of its promotion. A version that was taken back leaves its place
    to the one before, from the day of the rollback, and that to the monitor file.

    Raises:
        MonitorError: when the rows of a version have changed since they were kept.
    """
    spans = store.reference_spans(spec.model)
    held = spans[-1] if spans else None
    champion = store.champion(spec.model)
    wanted = champion if champion is not None and champion.reference is not None else None
    name = None if wanted is None else wanted.version
    records = {record.version: record for record in store.model_versions(spec.model)}
    if held is None or spec.retraining is None or not spec.retraining.rebase:
        start = None
    else:
        start = None if name == held.version else _start(spec, store, wanted)
    if start is None:
        now = records.get(held.version or "") if held is not None else None
        return _basis("" if held is None else held.valid_from, now)

    return _basis(start, wanted, is_new=True)


def known_columns(query: Query, basis: Basis) -> tuple[str, ...]:
    """Return the columns that the monitor's own reference has, where *basis* is another one."""
    if basis.path is None:
        return ()

    return tuple(query.warehouse.schema(query.reference_table).names)


def _start(
    spec: MonitorSpec, store: ResultsStore, version: ModelVersionRecord | None
) -> str | None:
    """Return the first day on which *version* answers in use; None while there is none."""
    changes = champion_changes(store, spec.model)
    if not changes:
        return None
    day = changes[-1].date().isoformat()
    if version is None or spec.predictions.version is None:
        return day
    answered = store.partitions(spec.model, _TABLE, version=version.version)

    return next((record.partition for record in answered if record.partition >= day), None)


def _basis(start: str, record: ModelVersionRecord | None, *, is_new: bool = False) -> Basis:
    if record is None or record.reference is None:
        return Basis(start, is_new=is_new)
    path = Path(record.reference)
    if not is_intact(path, record.reference_checksum):
        msg = (
            f"{record.model}: the rows that are normal for {record.version} have changed; expected "
            f"{path} with SHA-256 {record.reference_checksum}. Restore the file, or roll back."
        )
        raise MonitorError(msg)

    return Basis(start, record.version, path, is_new)
