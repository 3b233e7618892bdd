"""The retrainings of one model: decided under its lock, and recorded with the reason, also a no."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from monitoring.alerting.incident import Incident, State
from monitoring.retraining.policy import Decision, LabelCount, PastRequest, decide
from monitoring.spec.model import MonitorSpec
from monitoring.windows import Window
from resources.due_spans import due_spans
from resources.journal import Journal
from resources.results.records import (
    DecisionRecord,
    RetrainingRecord,
    RetrainingStatus,
    Subject,
)
from resources.results.store import ResultsStore
from resources.results.transaction import Transaction


@dataclass(frozen=True, slots=True)
class RetrainingRequests:
    """What was asked for, what runs, and what is to start for the model of *spec*."""

    spec: MonitorSpec
    store: ResultsStore

    def decide(self, *, now: datetime) -> Decision:
        """
        Decide whether an incident starts a retraining, and store what follows before it is sent.

        Two that decide at the same time do it one after the other, so the second finds what the
        first has stored.
        """
        # Reading the labels of two months costs more than the tick, so only when it can matter.
        firing = self.store.incidents(model=self.spec.model, state=State.FIRING)
        labels = self._labels(now) if firing else LabelCount(0, 0)
        with self.store.transaction() as transaction:
            transaction.lock(self.spec.model)
            past = [_past(record) for record in self.store.retrainings(self.spec.model)]
            firing = self.store.incidents(model=self.spec.model, state=State.FIRING)
            decision = decide(self.spec, firing, past, labels=labels, now=now)
            if decision.incident is not None:
                status = RetrainingStatus.REQUESTED
                self._ask(transaction, decision.incident, status, decision.reason, now)
            for incident in decision.folded:
                self._ask(transaction, incident, RetrainingStatus.FOLDED, decision.reason, now)
            self._record(transaction, decision, now)

        return decision

    def open(self) -> list[RetrainingRecord]:
        """Return the requests whose run is still to come or to end."""
        return [
            record for record in self.store.retrainings(self.spec.model) if record.status.is_open
        ]

    def settle(self, ended: Mapping[str, str]) -> None:
        """Note that the runs for the causes in *ended* are over without a decision, and why."""
        for record in self.open():
            if record.cause in ended:
                with self.store.transaction() as transaction:
                    transaction.update_retraining(
                        record.key, status=RetrainingStatus.FAILED, reason=ended[record.cause]
                    )

    def _labels(self, now: datetime) -> LabelCount:
        """Count the labelled rows to train on, and those that the champion was not trained on."""
        journal = Journal(self.spec, self.store)
        training = due_spans(journal, now=now).training
        champion = self.store.champion(self.spec.model)
        start = training.start
        if champion is not None and champion.trained_to is not None:
            start = max(start, date.fromisoformat(champion.trained_to))
        new = Window(training.label, min(start, training.end), training.end)

        return LabelCount(journal.labels_in(training), journal.labels_in(new))

    def _ask(
        self,
        transaction: Transaction,
        incident: Incident,
        status: RetrainingStatus,
        reason: str,
        now: datetime,
    ) -> None:
        record = RetrainingRecord(
            key=f"retrain:{incident.fingerprint}",
            model=self.spec.model,
            cause=incident.fingerprint,
            requested_at=now,
            status=status,
            reason=reason,
        )
        transaction.request_retraining(record)

    def _record(self, transaction: Transaction, decision: Decision, now: datetime) -> None:
        """Keep *decision*, unless it is what was decided the last time."""
        outcome = "yes" if decision.start else "folded" if decision.folded else "no"
        known = self.store.decisions(self.spec.model, Subject.RETRAINING)
        if known and (known[-1].outcome, known[-1].reason) == (outcome, decision.reason):
            return
        causes = [decision.incident, *decision.folded]
        record = DecisionRecord(
            model=self.spec.model,
            at=now,
            subject=Subject.RETRAINING,
            outcome=outcome,
            reason=decision.reason,
            cause=next((cause.fingerprint for cause in causes if cause is not None), None),
        )
        transaction.record_decision(record)


def _past(record: RetrainingRecord) -> PastRequest:
    return PastRequest(
        record.cause,
        record.requested_at,
        running=record.status.is_open,
        folded=record.status is RetrainingStatus.FOLDED,
    )
