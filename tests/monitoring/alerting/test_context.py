"""Tests of what a message says beside the incident."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitoring.alerting import words
from monitoring.alerting.context import Context, background
from monitoring.alerting.incident import Cause, Incident, State
from monitoring.alerting.slack_message import slack_message
from monitoring.results import ALL, Measurement, Verdict

QUALITY, DRIFT, LABELS = Cause.QUALITY, Cause.DRIFT, Cause.LABELS


def number(metric: str, value: float, *, column: str = ALL) -> Measurement:
    """Return a number of one week."""
    return Measurement(
        *("churn", ALL, ALL, "7d", "2026-01-02", "2026-01-09", column, metric, value),
        *(None, None, 18_204, None, 0.0),
        verdict=Verdict.CRITICAL,
        as_of=datetime(2026, 1, 9, tzinfo=UTC),
        run_id="run",
    )


def incident(cause: Cause = Cause.PERFORMANCE, state: State = State.FIRING) -> Incident:
    """Return an incident of one day."""
    evidence = (number("failed_expectations" if cause is Cause.QUALITY else "log_loss", 3.0),)
    return Incident("churn", cause, state, Verdict.CRITICAL, *["2026-01-08"] * 2, evidence=evidence)


def said(cause: Cause, context: Context) -> str:
    """Return the background of an incident of *cause*."""
    return background(incident(cause), context, quote=words.plain)


class TestBackground:
    """Tests of facts and of what is likely."""

    def test_performance(self) -> None:
        """Both rates and the coverage of the labels stand beside a performance that fell."""
        facts = {"actual_positive_rate": 0.31, "positive_rate": 0.18, "label_coverage": 0.964}
        context = Context(facts=tuple(number(*fact) for fact in facts.items()))

        assert (
            "Positives: 31 % of the labels, 18 % of the predictions. Labels are known of 96 %."
            == said(Cause.PERFORMANCE, context)
        )

    @pytest.mark.parametrize(
        ("others", "likely"),
        [
            (None, ""),
            (frozenset({DRIFT}), ""),
            (frozenset({LABELS}), " Likely cause: labels, which"),
        ],
    )
    def test_estimate(self, others: frozenset[Cause] | None, likely: str) -> None:
        """An estimate that was wrong says concept drift, whatever the inputs do."""
        wrong = replace(incident(), evidence=(number("estimation_error_log_loss", -0.1),))
        told = background(wrong, Context(others=others), quote=words.plain)

        expected = (
            "The estimate was wrong: the inputs no longer mean what they did (concept drift)."
        )
        assert told.startswith(expected + likely)
        assert told.count("Likely") == bool(likely)

    def test_quality(self) -> None:
        """The columns with failed expectations are named, the first eight of them."""
        facts = [number("failed_expectations", 1, column=f"c{place}") for place in range(10)]
        context = Context(facts=(number("failed_expectations", 10), *facts))

        expected = "Columns: c0, c1, c2, c3, c4, c5, c6, c7 and 2 more."
        assert expected == said(Cause.QUALITY, context)

    @pytest.mark.parametrize(
        ("cause", "others", "expected"),
        [
            (Cause.PERFORMANCE, {QUALITY, DRIFT, LABELS}, "Likely cause: labels"),
            (Cause.PERFORMANCE, {QUALITY, DRIFT}, "Likely cause: data quality"),
            (Cause.PERFORMANCE, {DRIFT}, "Likely cause: drift"),
            (Cause.PERFORMANCE, set(), "Likely cause: concept drift"),
            (Cause.DRIFT, {QUALITY}, "Likely cause: data quality"),
            (Cause.DRIFT, {Cause.PERFORMANCE}, "Performance suffers as well"),
            (Cause.DRIFT, set(), "Performance has no incident"),
        ],
    )
    def test_likely(self, cause: Cause, others: set[Cause], expected: str) -> None:
        """What spoils the numbers comes before what explains them."""
        assert said(cause, Context(others=frozenset(others))).startswith(expected)

    def test_unknown(self) -> None:
        """Nothing is guessed of what is not known, nor of what is over."""
        known = Context(others=frozenset())

        assert not said(Cause.PERFORMANCE, Context())
        assert not background(incident(state=State.RESOLVED), known, quote=words.plain)


class TestCalls:
    """Tests of links and of who is called."""

    @staticmethod
    def written(state: State, context: Context) -> str:
        """Return the blocks of the message as text."""
        message = slack_message(
            incident(state=state), key="k", channel="#ml", link="http://ui/a", context=context
        )
        return str(message.blocks)

    @pytest.mark.parametrize(
        ("mention", "expected"), [("S0123ABCD", "<!subteam^S0123ABCD>"), ("U0123ABCD", "<@U0123")]
    )
    def test_mention(self, mention: str, expected: str) -> None:
        """A group or a person is called while an incident fires, and left in peace at its end."""
        context = Context(mention=mention)

        assert expected in self.written(State.FIRING, context)
        assert mention not in self.written(State.RESOLVED, context)

    def test_run(self) -> None:
        """The run that found it is one press away, and a reminder says that it is one."""
        text = self.written(State.FIRING, Context(run="http://ui/runs/1", reminder=True))

        assert "<http://ui/a|Open in Dagster> · <http://ui/runs/1|The run>" in text
        assert "🔴 Still firing: churn performance (critical)" in text

    def test_note(self) -> None:
        """What a run said when it failed is quoted, and obeyed by nobody."""
        text = self.written(State.FIRING, Context(note="no table `x` <!channel>\n" * 100))

        assert "no table 'x' &lt;!channel&gt;" in text
        assert "<!channel>" not in text
