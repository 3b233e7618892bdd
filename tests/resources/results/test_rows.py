"""Rows of the tables: what is refused at the door, and what survives JSON."""

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.alerting.incident import Cause, Incident, State
from monitoring.errors import ResultsError
from monitoring.results import Measurement, Verdict
from resources.results.rows import (
    checked_json,
    incident_from_row,
    incident_row,
    measurement_row,
    metrics_json,
)

Measure = Callable[..., Measurement]

AS_OF = datetime(2013, 4, 2, 6, tzinfo=UTC)


class TestMeasurementRow:
    """A measurement on its way into the table."""

    @pytest.mark.parametrize("name", ["value", "lower", "upper", "threshold_low", "threshold_high"])
    @pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, np.float64("nan")])
    def test_not_finite(self, measure: Measure, name: str, number: float) -> None:
        """
        NaN and Infinity are refused, with metric, column and the name of the number.
        """
        with pytest.raises(ResultsError, match=f"psi of column distance.*{name} is"):
            measurement_row(measure(**{name: number}), step="drift")


class TestIncidentRow:
    """An incident on its way into the table and into the outbox."""

    @given(value=st.floats(allow_nan=False, allow_infinity=False), segment=st.text())
    def test_round_trip(self, value: float, segment: str) -> None:
        """
        An incident survives being written as JSON, evidence and all.
        """
        evidence = Measurement(
            model="m",
            version="*",
            segment=segment.replace("\0", ""),
            window="1d",
            window_start="2013-04-01",
            window_end="2013-04-02",
            column="seats",
            metric="psi",
            value=value,
            lower=None,
            upper=None,
            rows=9,
            threshold_low=None,
            threshold_high=0.2,
            verdict=Verdict.CRITICAL,
            as_of=AS_OF,
            run_id="r",
        )
        incident = Incident(
            "m",
            Cause.DRIFT,
            State.FIRING,
            Verdict.CRITICAL,
            since="2013-04-01",
            last_seen="2013-04-01",
            evidence=(evidence,),
        )

        found = incident_from_row(json.loads(json.dumps(incident_row(incident))))

        assert incident == found
        assert incident.evidence == found.evidence

    def test_not_finite(self, measure: Measure) -> None:
        """
        NaN cannot come in through the evidence either.
        """
        incident = Incident(
            "m",
            Cause.DRIFT,
            State.FIRING,
            Verdict.CRITICAL,
            since="2013-04-01",
            last_seen="2013-04-01",
            evidence=(measure(value=math.nan),),
        )

        with pytest.raises(ResultsError, match="psi of column distance"):
            incident_row(incident)


class TestJson:
    """JSON that is stored as text."""

    def test_metrics(self) -> None:
        """
        Metrics are a JSON object; what is undefined is null.
        """
        assert '{"log_loss": null, "roc_auc": 0.7}' == metrics_json(
            "m", {"roc_auc": np.float64(0.7), "log_loss": None}
        )

    def test_metric_not_finite(self) -> None:
        """
        A metric that is no number is refused by name.
        """
        with pytest.raises(ResultsError, match="m: metric log_loss is inf"):
            metrics_json("m", {"log_loss": math.inf})

    @pytest.mark.parametrize("text", ["", "{", '{"psi": NaN}', "[Infinity]"])
    def test_refuses(self, text: str) -> None:
        """
        Text that a strict reader would refuse is not stored.
        """
        with pytest.raises(ResultsError, match="thresholds of m"):
            checked_json(text, name="the thresholds of m")
