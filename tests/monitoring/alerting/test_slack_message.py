"""Tests of incidents as Slack messages."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.alerting.context import Context
from monitoring.alerting.incident import Cause, Incident, State
from monitoring.alerting.message import Message
from monitoring.alerting.slack_message import LISTED, escape, slack_message
from monitoring.results import ALL, Measurement, Verdict

SNAPSHOTS = Path(__file__).parent / "snapshots"
LINK = "https://dagster.example.com/assets/flight_delay/performance?partition=2013-07-12&view=plots"


def breach(metric: str, value: float, **changes: Any) -> Measurement:  # noqa: ANN401 - any field
    """Return a breached measurement of the week to 12 July 2013, with *changes*."""
    week = Measurement(
        model="flight_delay",
        version=ALL,
        segment=ALL,
        window="7d",
        window_start="2013-07-06",
        window_end="2013-07-13",
        column=ALL,
        metric=metric,
        value=value,
        lower=None,
        upper=None,
        rows=18_204,
        threshold_low=None,
        threshold_high=None,
        verdict=Verdict.CRITICAL,
        as_of=datetime(2013, 7, 16, tzinfo=UTC),
        run_id="run",
    )
    return replace(week, **changes)


def performance(**changes: Any) -> Incident:  # noqa: ANN401 - any field
    """Return a firing performance incident of three metrics, with *changes*."""
    incident = Incident(
        model="flight_delay",
        cause=Cause.PERFORMANCE,
        state=State.FIRING,
        severity=Verdict.CRITICAL,
        since="2013-07-10",
        last_seen="2013-07-12",
        evidence=(
            breach("recall", 0.6093, threshold_low=0.68),
            breach("roc_auc", 0.661, threshold_low=0.68),
            breach("recall", 0.6493, threshold_low=0.68, window="30d"),
            breach("log_loss", 0.71, threshold_high=0.60, segment="carrier=UA"),
        ),
    )
    return replace(incident, **changes)


def drift() -> Incident:
    """Return a firing drift incident of twelve columns, each seen by two metrics."""
    evidence = [
        breach(metric, value - step / 20, column=f"feature_{step}", threshold_high=0.2)
        for step in range(12)
        for metric, value in (("psi", 0.9), ("jensen_shannon_distance", 0.8))
    ]
    return performance(cause=Cause.DRIFT, severity=Verdict.WARNING, evidence=tuple(evidence))


def resolved() -> Incident:
    """Return the performance incident after its end."""
    return performance(state=State.RESOLVED, last_seen="2013-07-19", until="2013-07-20")


def written(incident: Incident, *, link: str | None = LINK) -> Message:
    """Return the message about *incident*."""
    return slack_message(incident, key="key", channel="#ml-alerts", link=link)


def markup(message: Message) -> list[str]:
    """Return every text object of *message* that Slack reads."""
    texts: list[Any] = [
        text
        for block in message.blocks
        for text in ([block["text"]] if "text" in block else block["elements"])  # type: ignore[union-attr]
    ]
    return [text["text"] for text in texts]


def assert_within_limits(message: Message) -> None:
    """Check *message* against the limits that Slack documents for blocks and text objects."""
    assert 1 <= len(message.blocks) <= 50
    assert 1 <= len(escape(message.text, limit=4_000)) <= 4_000
    for block in message.blocks:
        assert block["type"] in {"header", "section", "context"}
        assert len(block.get("elements", [])) <= 10  # type: ignore[arg-type]
    header, *others = markup(message)
    assert 1 <= len(header) <= 150
    assert all(1 <= len(text) <= 3_000 for text in others)


class TestSlackMessage:
    """Tests of what a message says."""

    @pytest.mark.parametrize(
        ("name", "incident"),
        [("performance", performance()), ("drift", drift()), ("resolved", resolved())],
        ids=["performance", "drift", "resolved"],
    )
    def test_snapshot(self, name: str, incident: Incident) -> None:
        """The blocks are, letter for letter, those that somebody has looked at."""
        message = written(incident)

        expected = json.loads((SNAPSHOTS / f"{name}.json").read_text(encoding="utf-8"))
        assert expected == list(message.blocks)
        assert_within_limits(message)

    def test_text(self) -> None:
        """The text says the same in plain words, for the console and for notifications."""
        assert written(performance(), link="http://localhost:3000/assets").text == (
            "Firing: flight_delay performance (critical): Recall fell to 0.61 (threshold 0.68) "
            "over 7 days to 12 July 2013, 18,204 labelled rows.\n"
            "- AUC fell to 0.66 (threshold 0.68)\n"
            "- log-loss where carrier=UA rose to 0.71 (threshold 0.60)\n"
            "Since 10 July 2013, last seen 12 July 2013.\n"
            "http://localhost:3000/assets"
        )

    def test_many_columns(self) -> None:
        """However many columns drift, a few are listed, each once, and the others counted."""
        text = written(drift()).text

        assert LISTED == len(re.findall(r"^- PSI of feature_", text, flags=re.MULTILINE))
        assert "and 6 more" in text

    @pytest.mark.parametrize("state", list(State))
    @pytest.mark.parametrize("cause", list(Cause))
    def test_no_evidence(self, cause: Cause, state: State) -> None:
        """Every cause in every state has words of its own when there is no number to show."""
        message = written(performance(cause=cause, state=state, evidence=()), link=None)

        assert_within_limits(message)
        assert 2 == len(message.text.splitlines())

    def test_run_failure(self) -> None:
        """A failed run says which day was not computed."""
        failure = performance(cause=Cause.RUN_FAILURE, since="2013-07-12", evidence=())

        assert written(failure, link=None).text == (
            "Firing: flight_delay run failure (critical): "
            "The run for 12 July 2013 failed: nothing was computed.\n"
            "Since 12 July 2013."
        )

    def test_batches(self) -> None:
        """Batches are told by their ids."""
        batch = breach(
            "psi", 0.4, window="batch", window_start="[5000:9999]", column="age", threshold_high=0.2
        )
        incident = performance(since="[0:4999]", last_seen="[5000:9999]", evidence=(batch,))

        assert written(incident, link=None).text == (
            "Firing: flight_delay performance (critical): PSI of age rose to 0.40 (threshold 0.20) "
            "in batch [5000:9999], 18,204 rows.\n"
            "Since batch [0:4999], last seen batch [5000:9999]."
        )

    def test_foreign_link(self) -> None:
        """An address that is no web address does not become a link."""
        assert not any("|" in text for text in markup(written(drift(), link="javascript:alert(1)")))


ANYTHING = st.text(max_size=300) | st.text(alphabet="<>&`!@|\x1b\u202e😀", max_size=300)


class TestEscaping:
    """Tests that values from the data never become markup."""

    @settings(deadline=None)
    @given(ANYTHING, ANYTHING, ANYTHING, st.sampled_from(State), st.sampled_from(Cause))
    def test_any_text(
        self, column: str, batch: str, other: str, state: State, cause: Cause
    ) -> None:
        """Whatever the data holds, Slack gets no mention, no link, no open code, no long text."""
        evil = [
            breach(
                other if number else "psi",
                0.4,
                column=f"{number}{column}",
                window_start=batch,
                window_end=other,
                window="batch" if number % 2 else other,
                segment=f"{column}={other}",
                version=batch,
                threshold_high=0.2,
            )
            for number in range(8)
        ]
        incident = performance(
            model=other, state=state, since=batch, last_seen=column, evidence=tuple(evil)
        )
        named = [replace(each, metric="failed_expectations") for each in evil]
        context = Context(note=other, facts=tuple(named), others=frozenset())
        message = slack_message(
            replace(incident, cause=cause), key="key", channel="#ml", link=LINK, context=context
        )

        assert_within_limits(message)
        for text in markup(message):
            own_link = re.sub(r"^<https://[^<>|]*\|Open in Dagster>$", "", text)
            assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", own_link)
        # The header is plain text, in which a backtick is a backtick.
        assert all(text.count("`") % 2 == 0 for text in markup(message)[1:])
        assert all(line.isprintable() for line in message.text.split("\n"))

    def test_mention(self) -> None:
        """A column that is named like a mention is shown as text, within code."""
        named = breach("psi", 0.4, column="`<!channel>`", threshold_high=0.2)

        assert (
            "PSI of `'&lt;!channel&gt;'` rose" in markup(written(performance(evidence=(named,))))[1]
        )

    @settings(deadline=None)
    @given(st.text(max_size=50), st.integers(1, 40))
    def test_cut(self, text: str, limit: int) -> None:
        """A text that is too long is cut between characters, never within an entity."""
        cut = escape(text, limit=limit)

        assert len(cut) <= limit
        assert not re.search(r"&(?!amp;|lt;|gt;)", cut)
