"""The decision about a challenger, by its evaluation or by a person, and the way back."""

from dataclasses import dataclass
from datetime import datetime

from monitoring.alerting.incident import Incident, State
from monitoring.errors import TrainingError
from monitoring.retraining.evaluation import Evaluation
from monitoring.retraining.probation import broken_probation
from monitoring.spec.model import MonitorSpec
from monitoring.spec.retraining import RetrainingSpec
from resources.challenge import version_of
from resources.champion_changes import champion_changes
from resources.registries.registry import Registry
from resources.results.records import (
    DecisionRecord,
    ModelVersionRecord,
    Subject,
    VersionStatus,
)
from resources.results.store import ResultsStore
from resources.version_news import Also, news_of


@dataclass(frozen=True, slots=True)
class Promotion:
    """What becomes of the versions of one model."""

    spec: MonitorSpec
    store: ResultsStore
    registry: Registry

    def decide(
        self, cause: str, policy: RetrainingSpec, *, at: datetime, run_id: str
    ) -> tuple[ModelVersionRecord, Evaluation]:
        """
        Promote or refuse a challenger as its evaluation says, or let it wait for approval.

        A version that was decided upon already stays as it is, so that a run that died after its
        decision can be run again.

        Raises:
            TrainingError: when it has not been evaluated, or against another champion.
        """
        record = version_of(cause, self.spec, self.store, self.registry)
        outcome = _evaluated(record)
        if record.status is VersionStatus.CHALLENGER:
            remedy = f"materialize {self.spec.model}/evaluation again"
            self._check_opponent(record, outcome, remedy=remedy)
            status, told = _status(outcome, policy), outcome.verdict
            decision = DecisionRecord(
                model=self.spec.model,
                at=at,
                subject=Subject.PROMOTION,
                outcome=_WORDS[status],
                reason=told,
                cause=cause,
                version=record.version,
                run_id=run_id,
            )
            told_too = None if status is VersionStatus.REFUSED else self._news(record.version, at)
            record = self.registry.settle(record, status, decision, also=told_too)
        self.registry.publish(self.spec.model)

        return record, outcome

    def approve(self, version: str, *, by: str, at: datetime) -> ModelVersionRecord:
        """
        Make a *version* that waits for approval the champion.

        Raises:
            TrainingError: when it does not wait for approval, or was better than a version that is
                the champion no more.
        """
        record = self.registry.find(self.spec.model, version)
        if record.status is not VersionStatus.AWAITING_APPROVAL:
            msg = (
                f"{self.spec.model}: {version} is {record.status}, and only a version that is "
                f"{VersionStatus.AWAITING_APPROVAL} can be approved."
            )
            raise TrainingError(msg)
        remedy = "run the job retrain for a version that is compared with it"
        self._check_opponent(record, _evaluated(record), remedy=remedy)
        decision = DecisionRecord(
            model=self.spec.model,
            at=at,
            subject=Subject.PROMOTION,
            outcome="yes",
            reason=f"approved by {by}: {record.reason}",
            version=version,
        )
        settled = self.registry.settle(
            record, VersionStatus.CHAMPION, decision, also=self._news(version, at)
        )
        self.registry.publish(self.spec.model)

        return settled

    def roll_back(
        self, reason: str, *, at: datetime, incident: Incident | None = None
    ) -> ModelVersionRecord | None:
        """Take the champion back for *reason*; return the version that is in use again."""
        decision = DecisionRecord(
            model=self.spec.model,
            at=at,
            subject=Subject.ROLLBACK,
            outcome="yes",
            reason=reason,
            cause=None if incident is None else incident.fingerprint,
        )
        champion = self.store.champion(self.spec.model)
        told = None if champion is None else self._news(champion.version, at)
        previous = self.registry.roll_back(self.spec.model, decision, also=told)
        self.registry.publish(self.spec.model)

        return previous

    def end_probation(self, policy: RetrainingSpec, *, at: datetime) -> str | None:
        """Take the champion back when an incident of its own fires in its probation; say so."""
        champion = self.store.champion(self.spec.model)
        promoted_at = None if champion is None else self.promoted_at(champion.version)
        if champion is None or promoted_at is None or not policy.probation:
            return None
        firing = self.store.incidents(model=self.spec.model, state=State.FIRING)
        changed = champion_changes(self.store, self.spec.model)[-1]
        found = broken_probation(policy, firing, promoted_at=promoted_at, in_use_since=changed)
        if found is None or not self._answered(champion.version, found):
            return None
        reason = f"{found.fingerprint} fires in the probation of {champion.version}"
        self.roll_back(reason, at=at, incident=found)

        return reason

    def promoted_at(self, version: str) -> datetime | None:
        """Return when *version* was last promoted; None for one that monitoring did not promote."""
        moments = [
            decision.at
            for decision in self.store.decisions(self.spec.model, Subject.PROMOTION)
            if decision.version == version and decision.outcome == "yes"
        ]

        return moments[-1] if moments else None

    def _news(self, version: str, at: datetime) -> Also:
        return news_of(self.spec, self.store, version, at=at)

    def _answered(self, version: str, incident: Incident) -> bool:
        """Say whether *version* answered in the windows of *incident*, where that is known."""
        if self.spec.predictions.version is None:
            return True
        own = self.store.measurements(
            model=self.spec.model,
            version=version,
            step=str(incident.cause),
            metric="label_coverage",
        )
        ends = {row.window_end for row in incident.evidence}

        return any(row.window_end in ends and row.rows for row in own)

    def _check_opponent(
        self, record: ModelVersionRecord, outcome: Evaluation, *, remedy: str
    ) -> None:
        """Refuse a decision by a comparison with a version that is the champion no more."""
        champion = self.store.champion(self.spec.model)
        current = None if champion is None else champion.version
        if outcome.champion != current:
            msg = (
                f"{self.spec.model}: {record.version} was compared with "
                f"{outcome.champion or 'the deployed model'}, and the champion is now "
                f"{current or 'none'}; {remedy}."
            )
            raise TrainingError(msg)


_WORDS = {
    VersionStatus.CHAMPION: "yes",
    VersionStatus.REFUSED: "no",
    VersionStatus.AWAITING_APPROVAL: "waiting",
}


def _evaluated(record: ModelVersionRecord) -> Evaluation:
    if record.evaluation is None:
        msg = (
            f"{record.model}: {record.version} has not been evaluated; "
            f"materialize the asset {record.model}/evaluation first."
        )
        raise TrainingError(msg)

    return Evaluation.decode(record.evaluation)


def _status(outcome: Evaluation, policy: RetrainingSpec) -> VersionStatus:
    if not outcome.better:
        return VersionStatus.REFUSED

    return VersionStatus.CHAMPION if policy.mode == "auto" else VersionStatus.AWAITING_APPROVAL
