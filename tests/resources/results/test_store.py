"""Profiles, references, retrainings and versions come back as they were."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from monitoring.errors import ResultsError
from monitoring.results import Measurement
from resources.results.records import (
    ModelVersionRecord,
    PartitionRecord,
    ProfileRecord,
    ReferenceRecord,
    RetrainingRecord,
    RetrainingStatus,
    VersionStatus,
)
from resources.results.store import ResultsStore

Measure = Callable[..., Measurement]

NOON = datetime(2013, 4, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def profile(
    partition: str,
    *,
    version: str = "*",
    segment: str = "*",
    rows: int = 10,
    as_of: datetime = NOON,
) -> ProfileRecord:
    """Return the profile of a slice of the predictions of a partition."""
    blob = b"\x00\xff profile"

    return ProfileRecord("m", "predictions", partition, version, segment, "f00d", rows, as_of, blob)


def write_profiles(store: ResultsStore, *records: ProfileRecord) -> None:
    """Replace each partition of *records* in one transaction."""
    with store.transaction() as tx:
        for partition in {record.partition for record in records}:
            same = [record for record in records if record.partition == partition]
            tx.replace_profiles("m", same[0].kind, partition, same)


class TestProfiles:
    """Encoded profiles, by partition."""

    def test_round_trip(self, store: ResultsStore) -> None:
        """
        Profiles come back by partition, version and segment, bytes and moment unchanged.
        """
        expected = [
            profile("2013-04-01"),
            profile("2013-04-01", segment="carrier=AA", rows=4),
            profile("2013-04-01", version="v2", rows=3),
            profile("2013-04-02"),
        ]
        write_profiles(store, *reversed(expected))

        assert expected == store.profiles("m", "predictions")

    def test_selection(self, store: ResultsStore) -> None:
        """
        Partitions are chosen by name, or by days from start to the day before end.
        """
        days = [profile(f"2013-04-{day:02}") for day in (1, 2, 3)]
        write_profiles(store, *days)

        first, second, third = days
        april_2, april_3 = date(2013, 4, 2), date(2013, 4, 3)
        asked = ("m", "predictions")
        assert [second, third] == store.profiles(*asked, start=april_2)
        assert [first, second] == store.profiles(*asked, end=april_3)
        assert [second] == store.profiles(*asked, start=april_2, end=april_3)
        assert [first, third] == store.profiles(
            *asked, partitions=["2013-04-03", "2013-04-01", "2013-05-01"]
        )
        assert [] == store.profiles(*asked, partitions=[])
        assert [] == store.profiles("m", "outcomes")

    def test_replace(self, store: ResultsStore) -> None:
        """
        A partition that is read again keeps nothing of before; others are left alone.
        """
        write_profiles(store, profile("2013-04-01"), profile("2013-04-01", segment="origin=EWR"))
        write_profiles(store, profile("2013-04-02"))

        again = profile("2013-04-01", rows=11)
        write_profiles(store, again)

        assert [again, profile("2013-04-02")] == store.profiles("m", "predictions")

    def test_refuses_strangers(self, store: ResultsStore) -> None:
        """
        A profile of another partition than is being replaced is refused.
        """
        with pytest.raises(ResultsError, match="2013-04-02"), store.transaction() as tx:
            tx.replace_profiles("m", "predictions", "2013-04-01", [profile("2013-04-02")])

    def test_partitions(self, store: ResultsStore) -> None:
        """
        A partition has the rows of its largest slice and the latest moment of reading.
        """
        write_profiles(
            store,
            profile("2013-04-01", rows=10),
            profile("2013-04-01", segment="carrier=AA", rows=4, as_of=NOON + HOUR),
        )
        write_profiles(store, profile("2013-04-02", rows=0))

        assert [
            PartitionRecord("2013-04-01", NOON + HOUR, 10),
            PartitionRecord("2013-04-02", NOON, 0),
        ] == store.partitions("m", "predictions")


class TestReference:
    """The reference of a model."""

    FIRST = ReferenceRecord(
        model="m",
        fingerprint="aaaa",
        table_layout=b"layout",
        table_profile=b"profile",
        outcome_layout=None,
        outcomes=None,
        thresholds='{"psi": {"high": 0.2}}',
        segments='{"carrier": ["AA", "UA"]}',
        suite="[]",
        built_at=NOON,
        run_id="r1",
    )

    def test_none(self, store: ResultsStore) -> None:
        """
        A model without a reference has none.
        """
        assert store.reference("m") is None

    def test_newest_is_current(self, store: ResultsStore) -> None:
        """
        The reference that was saved last is current, and an older one can become it again.
        """
        second = replace(self.FIRST, fingerprint="bbbb", outcomes=b"scores", outcome_layout=b"l")
        for record in (self.FIRST, second, replace(self.FIRST, model="other")):
            with store.transaction() as tx:
                tx.save_reference(record)
        assert second == store.reference("m")

        again = replace(self.FIRST, run_id="r3")
        with store.transaction() as tx:
            tx.save_reference(again)

        assert again == store.reference("m")

    def test_by_day(self, store: ResultsStore) -> None:
        """
        A reference holds from its day to the next one's; one that begins earlier takes its place.
        """
        second = replace(self.FIRST, fingerprint="bbbb")
        with store.transaction() as tx:
            tx.save_reference(self.FIRST)
            tx.save_reference(second, valid_from="2026-01-05", version="v2")
        days = ("2026-01-04", "2026-01-05", None)
        found = [store.reference("m", day=day) for day in days]
        assert [self.FIRST, second, second] == found

        with store.transaction() as tx:
            tx.save_reference(self.FIRST, valid_from="2026-01-03")
        spans = [(span.valid_from, span.fingerprint) for span in store.reference_spans("m")]
        assert [("", "aaaa"), ("2026-01-03", "aaaa")] == spans

    def test_strict_json(self, store: ResultsStore) -> None:
        """
        Thresholds that say NaN are refused.
        """
        with pytest.raises(ResultsError, match="thresholds of m"), store.transaction() as tx:
            tx.save_reference(replace(self.FIRST, thresholds='{"psi": NaN}'))


class TestRetraining:
    """Retrainings that were asked for."""

    REQUEST = RetrainingRecord("m:performance:2013-07-01", "m", "m:performance:2013-07-01", NOON)

    def test_once_for_each_cause(self, store: ResultsStore) -> None:
        """
        A second request for the same cause is not new and changes nothing.
        """
        with store.transaction() as tx:
            assert tx.request_retraining(self.REQUEST)
        with store.transaction() as tx:
            assert not tx.request_retraining(replace(self.REQUEST, reason="again"))

        assert [self.REQUEST] == store.retrainings("m")

    def test_progress(self, store: ResultsStore) -> None:
        """
        What an update does not tell stays as it was.
        """
        with store.transaction() as tx:
            tx.request_retraining(self.REQUEST)
            tx.update_retraining(
                self.REQUEST.key, status=RetrainingStatus.RUNNING, run_id="r7", reason="AUC"
            )
            tx.update_retraining(self.REQUEST.key, status=RetrainingStatus.SUCCEEDED, version="v2")

        assert [
            replace(
                self.REQUEST,
                status=RetrainingStatus.SUCCEEDED,
                run_id="r7",
                reason="AUC",
                version="v2",
            )
        ] == store.retrainings("m")


class TestModelVersions:
    """Versions of a model, and the one in use."""

    FIRST = ModelVersionRecord(
        model="m",
        version="v1",
        status=VersionStatus.CHAMPION,
        created_at=NOON,
        run_id="r1",
        artefact="models/v1.skops",
        checksum="sha256:0",
        trained_from="2013-01-01",
        trained_to="2013-04-01",
        metrics={"roc_auc": 0.7, "log_loss": None},
        evaluation='{"rows": 25776}',
    )

    def test_one_champion(self, store: ResultsStore) -> None:
        """
        A new champion sends the one before into the archive, in the same transaction.
        """
        second = replace(self.FIRST, version="v2", created_at=NOON + HOUR)
        challenger = replace(second, status=VersionStatus.CHALLENGER)
        assert store.champion("m") is None
        with store.transaction() as tx:
            tx.save_model_version(self.FIRST)
            tx.save_model_version(challenger)
        assert self.FIRST == store.champion("m")
        assert [self.FIRST, challenger] == store.model_versions("m")

        with store.transaction() as tx:
            tx.save_model_version(second)

        assert second == store.champion("m")
        assert [
            replace(self.FIRST, status=VersionStatus.ARCHIVED),
            second,
        ] == store.model_versions("m")

    def test_strict_numbers(self, store: ResultsStore) -> None:
        """
        A metric that is infinite, and an evaluation that is not JSON, are refused.
        """
        infinite = replace(self.FIRST, metrics={"log_loss": float("inf")})
        constant = replace(self.FIRST, evaluation="NaN")

        for wrong, named in ((infinite, "metric log_loss"), (constant, "evaluation of m")):
            with pytest.raises(ResultsError, match=named), store.transaction() as tx:
                tx.save_model_version(wrong)


class TestWatermark:
    """How far something has got."""

    def test_last_wins(self, store: ResultsStore) -> None:
        """
        A watermark is what was set last, for each model and name.
        """
        assert store.watermark("m", "labels") is None
        for value in ("2013-04-01", "2013-04-02"):
            with store.transaction() as tx:
                tx.set_watermark("m", "labels", value)

        assert "2013-04-02" == store.watermark("m", "labels")
        assert store.watermark("n", "labels") is None
