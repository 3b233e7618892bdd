"""The monitor file as types: what a person may write about one watched model."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from monitoring.windows import format_duration, parse_duration

Label = bool | int | float | str


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        msg = f"expected a duration such as 12h, 3d or 2w, got {value!r}"
        raise ValueError(msg)  # noqa: TRY004 - pydantic reports only ValueError

    return parse_duration(value)


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(format_duration, return_type=str),
    Field(json_schema_extra={"type": "string", "pattern": r"^\d+[smhdw]$", "format": None}),
]


def _whole_days(value: timedelta) -> timedelta:
    if value < timedelta(days=1) or value % timedelta(days=1):
        msg = f"expected one or more whole days such as 7d, got {format_duration(value)}"
        raise ValueError(msg)

    return value


class Part(BaseModel):
    """A part of a monitor file: frozen, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Task(StrEnum):
    """What the watched model predicts."""

    BINARY = "binary_classification"
    MULTICLASS = "multiclass_classification"
    REGRESSION = "regression"


class FeatureType(StrEnum):
    """How a column is summarised."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"


class FeatureSpec(Part):
    """A feature whose type is stated rather than read from the table."""

    name: str = Field(min_length=1)
    type: FeatureType


class PredictionsSpec(Part):
    """The table of predictions: one row per answer that the model gave."""

    table: str = Field(min_length=1)
    id: str
    timestamp: str | None = None
    prediction: str | None = None
    score: str | dict[str, str] | None = None
    version: str | None = None
    batch: str | None = None


class ActualsSpec(Part):
    """The table of actuals: what turned out to be true, and when that became known."""

    table: str = Field(min_length=1)
    id: str
    label: str
    timestamp: str | None = None
    delay: Duration = timedelta(0)


class SpanSpec(Part):
    """A span of days of the predictions table: *start* inclusive, *end* exclusive."""

    start: date
    end: date

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end <= self.start:
            msg = f"end must be after start {self.start}, got {self.end}"
            raise ValueError(msg)
        return self


class ReferenceSpec(Part):
    """The rows that say what is normal: a labelled table, or a window of the predictions."""

    table: str | None = None
    label: str | None = None
    window: SpanSpec | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.table is None) == (self.window is None):
            msg = "expected either table or window"
            raise ValueError(msg)
        return self


WholeDays = Annotated[Duration, BeforeValidator(lambda value: _whole_days(_duration(value)))]


class WindowsSpec(Part):
    """Over how many days drift and performance are computed, each ending on the day of the run."""

    drift: list[WholeDays] = Field(default=[timedelta(days=1), timedelta(days=7)], min_length=1)
    performance: list[WholeDays] = Field(
        default=[timedelta(days=1), timedelta(days=7), timedelta(days=30)], min_length=1
    )


class Family(StrEnum):
    """A family of expectations: one asset check each."""

    SCHEMA = "schema"
    COMPLETENESS = "completeness"
    VALIDITY = "validity"
    CATEGORIES = "categories"
    UNIQUENESS = "uniqueness"
    VOLUME = "volume"
    FRESHNESS = "freshness"
    SCORES = "scores"


class QualitySpec(Part):
    """Which Great Expectations suite runs on every day, and which families stop the day."""

    generate: bool = True
    suite: str | None = None
    block_on: list[Family] = [Family.SCHEMA]


class ThresholdSpec(Part):
    """Fixed bounds of one metric, in place of the calibrated ones."""

    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.low is None and self.high is None:
            msg = "expected low, high or both"
            raise ValueError(msg)
        return self


class SlackSpec(Part):
    """The Slack channel that hears of this model."""

    channel: str = Field(min_length=2)


class AlertsSpec(Part):
    """Who hears of an incident, and how soon again."""

    slack: SlackSpec | None = None
    repeat: Duration = timedelta(days=1)


class RetrainingSpec(Part):
    """Which incident starts the trainer, and how often at most."""

    trainer: str = Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")
    on: list[Literal["performance", "drift"]] = ["performance"]
    cooldown: Duration = timedelta(days=7)
    window: WholeDays = timedelta(days=60)
    minimum_labels: int = Field(default=1000, ge=1)


class MonitorSpec(Part):
    """One watched model."""

    model: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)
    description: str = ""
    owner: str | None = None
    task: Task
    start: date | None = None
    end: date | None = None
    predictions: PredictionsSpec
    positive_class: Label | None = None
    actuals: ActualsSpec | None = None
    reference: ReferenceSpec
    features: Literal["auto"] | list[str | FeatureSpec] = "auto"
    segments: list[str] = []
    windows: WindowsSpec = WindowsSpec()
    quality: QualitySpec = QualitySpec()
    thresholds: dict[str, ThresholdSpec] = {}
    alerts: AlertsSpec = AlertsSpec()
    retraining: RetrainingSpec | None = None
    schedule: str = "0 6 * * *"

    @property
    def by_batch(self) -> bool:
        """Whether the monitor runs by batch instead of by day."""
        return self.predictions.batch is not None
