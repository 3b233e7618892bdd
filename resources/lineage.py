"""From a version of a model back to the days whose numbers asked for it, by stored ids."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from monitoring.alerting.incident import Incident
from monitoring.retraining.evaluation import Evaluation
from monitoring.spec.model import MonitorSpec
from resources.journal import OUTCOMES
from resources.registries.registry import Registry
from resources.results.records import (
    DecisionRecord,
    ModelVersionRecord,
    PartitionRecord,
    RetrainingRecord,
    RetrainingStatus,
)
from resources.results.rows import evidence_json
from resources.results.store import ResultsStore


@dataclass(frozen=True, slots=True)
class Lineage:
    """
    Where a version comes from.

    The chain is version, evaluation, training run (``version.run_id``), request, incident, its
    evidence (measurements), and the *days* that were profiled for them. *folded* are the other
    incidents that the same request answers. A version that was trained by hand has no request.
    """

    version: ModelVersionRecord
    evaluation: Evaluation | None
    request: RetrainingRecord | None
    folded: tuple[RetrainingRecord, ...]
    incident: Incident | None
    days: tuple[PartitionRecord, ...]
    tables: tuple[str, ...]
    decisions: tuple[DecisionRecord, ...]


def trace(spec: MonitorSpec, store: ResultsStore, registry: Registry, version: str) -> Lineage:
    """
    Return where *version* comes from.

    Raises:
        MonitorError: when there is no such version.
    """
    record = registry.find(spec.model, version)
    requests = store.retrainings(spec.model)
    request = next((item for item in requests if item.version == version), None)
    incidents = [] if request is None else store.incidents(model=spec.model)
    incident = next(
        (item for item in incidents if request and item.fingerprint == request.cause), None
    )
    tables = (
        spec.predictions.table,
        *([spec.actuals.table] if spec.actuals is not None else []),
        *([spec.reference.table] if spec.reference.table is not None else []),
    )

    return Lineage(
        version=record,
        evaluation=None if record.evaluation is None else Evaluation.decode(record.evaluation),
        request=request,
        folded=tuple(_folded(requests, request)),
        incident=incident,
        days=tuple(_days(store, spec, incident)),
        tables=tables,
        decisions=tuple(item for item in store.decisions(spec.model) if _about(item, record)),
    )


def as_json(lineage: Lineage) -> dict[str, Any]:
    """Return *lineage* as plain values, moments as ISO text."""
    plain = asdict(lineage)
    if lineage.incident is not None:
        plain["incident"] |= {
            "fingerprint": lineage.incident.fingerprint,
            "evidence": evidence_json(lineage.incident),
        }

    return plain


def _folded(
    requests: Iterable[RetrainingRecord], request: RetrainingRecord | None
) -> Iterable[RetrainingRecord]:
    """Return the requests that were folded into *request*: the reason of each names its cause."""
    if request is None:
        return []

    return [
        item
        for item in requests
        if item.status is RetrainingStatus.FOLDED
        and request.cause in (item.reason or "")
        and item.cause != request.cause
    ]


def _days(
    store: ResultsStore, spec: MonitorSpec, incident: Incident | None
) -> Iterable[PartitionRecord]:
    """Return the profiled days of the windows in the evidence of *incident*."""
    if incident is None or not incident.evidence:
        return []
    start = min(date.fromisoformat(row.window_start) for row in incident.evidence).isoformat()
    end = max(row.window_end for row in incident.evidence)

    return [day for day in store.partitions(spec.model, OUTCOMES) if start <= day.partition < end]


def _about(decision: DecisionRecord, record: ModelVersionRecord) -> bool:
    return decision.version == record.version
