"""Between the rows of the tables and the types of the program, both ways."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from monitoring.alerting.incident import Cause, Incident, Notification, State
from monitoring.errors import ResultsError
from monitoring.results import Measurement, Verdict

#: A row of `measurement` in the order of the table's columns.
MeasurementRow = tuple[str | float | int | datetime | None, ...]

#: The columns of `measurement` that a Measurement has, in the order in which it takes them.
MEASUREMENT_FIELDS = tuple(field.name for field in fields(Measurement))

_VERDICT = MEASUREMENT_FIELDS.index("verdict")
_VERDICTS: Mapping[str | None, Verdict | None] = {None: None} | {str(v): v for v in Verdict}


def storable(text: str) -> str:
    """Return *text* with U+2400 in place of NUL, which PostgreSQL cannot keep in a text."""
    return text.replace("\x00", "\u2400") if "\x00" in text else text


def measurement_row(measurement: Measurement, *, step: str) -> MeasurementRow:
    """
    Return *measurement* as a row of its table, written by *step*.

    Raises:
        ResultsError: when one of its numbers is NaN or infinite.
    """
    return (
        measurement.model,
        measurement.window_end,
        measurement.window_start,
        measurement.window,
        storable(measurement.version),
        storable(measurement.segment),
        storable(measurement.column),
        measurement.metric,
        _finite(measurement.value, measurement, "value"),
        _finite(measurement.lower, measurement, "lower"),
        _finite(measurement.upper, measurement, "upper"),
        int(measurement.rows),
        _finite(measurement.threshold_low, measurement, "threshold_low"),
        _finite(measurement.threshold_high, measurement, "threshold_high"),
        None if measurement.verdict is None else measurement.verdict.value,
        measurement.as_of,
        measurement.run_id,
        step,
        None if measurement.reason is None else storable(measurement.reason),
    )


def _finite(number: float | None, measurement: Measurement, name: str) -> float | None:
    if number is None:
        return None
    if not math.isfinite(number):
        msg = (
            f"{measurement.model}: {measurement.metric} of column {measurement.column} "
            f"({measurement.segment}, {measurement.window} from {measurement.window_start}): "
            f"{name} is {number}, expected a finite number, or None with a reason."
        )
        raise ResultsError(msg)

    # A NumPy scalar would reach the drivers as something else than a float, and SQLite forgets the
    # sign of a zero that PostgreSQL keeps.
    return float(number) + 0.0


def measurement_from_row(row: Sequence[Any]) -> Measurement:
    """Return the measurement in *row*, which has the MEASUREMENT_FIELDS."""
    values = (*row[:_VERDICT], _VERDICTS[row[_VERDICT]], *row[_VERDICT + 1 :])

    return Measurement(*values)


def to_json(value: object) -> str:
    """Write *value* as strict JSON, keys sorted; NaN and Infinity are refused."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False, sort_keys=True)


def metrics_json(model: str, metrics: Mapping[str, float | None]) -> str:
    """
    Write the *metrics* of a version of *model* as a JSON object.

    Raises:
        ResultsError: when one of them is NaN or infinite.
    """
    for name, value in metrics.items():
        if value is not None and not math.isfinite(value):
            msg = f"{model}: metric {name} is {value}, expected a finite number or None."
            raise ResultsError(msg)

    return to_json(
        {name: None if value is None else float(value) for name, value in metrics.items()}
    )


def checked_json(text: str, *, name: str) -> str:
    """
    Return *text* when it is strict JSON.

    Raises:
        ResultsError: when it is not, for example because it says NaN.
    """
    try:
        json.loads(text, parse_constant=_refuse_constant)
    except ValueError as error:
        msg = f"Expected JSON for {name}: {error}."
        raise ResultsError(msg) from error

    return text


def _refuse_constant(constant: str) -> None:
    msg = f"{constant} is not a JSON number"
    raise ValueError(msg)


def evidence_json(incident: Incident) -> str:
    """Write the evidence of *incident* as a JSON list of measurements."""
    return to_json([_plain(measurement) for measurement in incident.evidence])


def _plain(measurement: Measurement) -> dict[str, object]:
    # The same guards as in the table: finite numbers, no NUL.
    measurement_row(measurement, step="")
    return asdict(measurement) | {"as_of": measurement.as_of.isoformat()}


def incident_row(incident: Incident) -> dict[str, object]:
    """Return *incident* as the columns that describe it."""
    return {
        "model": incident.model,
        "cause": incident.cause.value,
        "since": incident.since,
        "state": incident.state.value,
        "severity": incident.severity.value,
        "last_seen": incident.last_seen,
        "until": incident.until,
        "evidence": evidence_json(incident),
    }


def incident_from_row(row: Mapping[str, Any]) -> Incident:
    """Return the incident in *row*."""
    return Incident(
        model=row["model"],
        cause=Cause(row["cause"]),
        state=State(row["state"]),
        severity=Verdict(row["severity"]),
        since=row["since"],
        last_seen=row["last_seen"],
        until=row["until"],
        evidence=tuple(_measurement(item) for item in json.loads(row["evidence"])),
    )


def _measurement(item: dict[str, Any]) -> Measurement:
    return Measurement(
        **item
        | {
            "verdict": _VERDICTS[item["verdict"]],
            "as_of": datetime.fromisoformat(item["as_of"]),
        }
    )


def notification_from_row(row: Mapping[str, Any]) -> Notification:
    """Return the notification in *row*, with the incident as it stood when it became due."""
    return Notification(
        key=row["key"],
        incident=incident_from_row(json.loads(row["incident"])),
        channel=row["channel"],
        created_at=row["created_at"],
        attempts=row["attempts"],
    )
