"""The monitor file as types: what a person may write about one watched model."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from monitoring.spec import fields
from monitoring.spec.alerts import AlertsSpec
from monitoring.spec.part import ColumnName, Day, Duration, JudgingSpec, Part, WholeDays
from monitoring.spec.retraining import RetrainingSpec
from monitoring.spec.schedule import check_schedule

Label = bool | int | float | str


class Task(StrEnum):
    """What the watched model predicts."""

    BINARY = "binary_classification"
    MULTICLASS = "multiclass_classification"
    REGRESSION = "regression"


class FeatureType(StrEnum):
    """How a column is summarised."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"
    AGE = "age"


class TimestampUnit(StrEnum):
    """What a timestamp that is a whole number counts since 1970 in UTC."""

    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"
    MICROSECONDS = "microseconds"
    NANOSECONDS = "nanoseconds"

    @property
    def per_second(self) -> int:
        """How many of it make a second."""
        return int(10 ** (3 * list(TimestampUnit).index(self)))


class FeatureSpec(Part):
    """A feature whose type is stated rather than read from the table."""

    name: ColumnName
    """The column."""
    type: FeatureType
    """How the column is summarised."""


class PredictionsSpec(Part):
    """The table of predictions: one row per answer that the model gave."""

    table: str = Field(min_length=1)
    """A table, a view, or a path or glob of Parquet or CSV files, relative to this file."""
    id: ColumnName
    """The column that names a prediction; no two rows share one."""
    timestamp: ColumnName | None = None
    """The column with the time of the prediction; may be absent only in a monitor by batch."""
    timestamp_unit: TimestampUnit | None = None
    """What the timestamp counts since 1970, where it is a whole number."""
    timezone: Annotated[str, AfterValidator(fields.check_zone)] = "UTC"
    """The IANA time zone of timestamps, here and in the actuals, that have none of their own."""
    prediction: ColumnName | None = None
    """The column with the class label, or with the predicted value of a regression."""
    score: ColumnName | dict[str, ColumnName] | None = None
    """The column with P(positive class); of several classes, a mapping `{class: column}`."""
    version: ColumnName | None = None
    """The column with the version of the model; each version is measured by itself too."""
    batch: ColumnName | None = None
    """The column with the batch; given, the model is monitored by batch instead of by day."""
    shadow: str | None = Field(default=None, min_length=1)
    """A table with the same columns: what other versions answered to the same ids, unused."""


class ActualsSpec(Part):
    """The table of actuals: what turned out to be true, and when that became known."""

    table: str = Field(min_length=1)
    """A table, a view, or a path or glob of Parquet or CSV files, relative to this file."""
    id: ColumnName
    """The column with the id of the prediction."""
    label: ColumnName
    """The column with what turned out to be true."""
    timestamp: ColumnName | None = None
    """The column with the time when the label became known; the latest label of an id wins."""
    timestamp_unit: TimestampUnit | None = None
    """What the timestamp counts since 1970, where it is a whole number."""
    delay: Duration = timedelta(0)
    """How long after the prediction its label may be expected; longer where labels take longer."""


class SpanSpec(Part):
    """A span of days of the predictions table: *start* inclusive, *end* exclusive."""

    start: Day
    """The first day."""
    end: Day
    """The day after the last one."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end <= self.start:
            msg = f"expected an end after start {self.start}, got {self.end}"
            raise ValueError(msg)
        return self


class ReferenceSpec(Part):
    """The rows that say what is normal: a labelled table, or a window of the predictions."""

    table: str | None = Field(default=None, min_length=1)
    """A table with the columns of the predictions, and the label; or else `window`."""
    label: ColumnName | None = None
    """The column of that table with the label; required where there are actuals."""
    window: SpanSpec | None = None
    """The days of the predictions that are the reference, labelled by the actuals."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.table is None) == (self.window is None):
            found = "neither" if self.table is None else "both"
            msg = f"expected either table or window, got {found}"
            raise ValueError(msg)
        return self


class WindowsSpec(Part):
    """Over how many days drift and performance are computed, each ending on the day of the run."""

    drift: Annotated[list[WholeDays], AfterValidator(fields.check_unique)] = Field(
        default=[timedelta(days=1), timedelta(days=7)], min_length=1
    )
    """The windows of drift, in whole days."""
    performance: Annotated[list[WholeDays], AfterValidator(fields.check_unique)] = Field(
        default=[timedelta(days=1), timedelta(days=7), timedelta(days=30)], min_length=1
    )
    """The windows of performance, in whole days."""


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
    """Whether expectations are generated from the reference."""
    suite: str | None = None
    """The suite as a JSON file, yours or the generated one to edit; else it lies in the home."""
    block_on: list[Family] = Field(default=[])
    """The families whose failure keeps drift and performance of that day from being computed."""
    engine: Literal["pandas", "sql", "spark"] = "pandas"
    """Where the rows are validated: in this process, or by PostgreSQL or Spark, where they lie."""
    checks: Literal["per_family", "per_expectation"] = "per_family"
    """Whether each expectation of the suite file is an asset check beside its family."""
    show_values: bool = True
    """Whether unexpected values are shown; they are counted in any case."""
    data_docs: bool = False
    """Whether each day has a page of HTML in the home, which needs no network."""
    max_age: Annotated[Duration, AfterValidator(fields.check_positive)] | None = None
    """How old the newest prediction may be at the end of its day, or earlier at the run."""

    @model_validator(mode="after")
    def _listed(self) -> Self:
        if self.checks == "per_expectation" and self.suite is None:
            msg = "expected a suite beside checks: per_expectation, for its file lists them"
            raise ValueError(msg)
        return self


class MonitorSpec(Part):
    """One watched model."""

    model: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)
    """The name of the model: letters, digits and underscores."""
    description: str = ""
    """What the model decides, in a sentence."""
    owner: Annotated[str, AfterValidator(fields.check_owner)] | None = None
    """The team or the e-mail address that answers for the model."""
    task: Task
    """What the model predicts."""
    start: Day | None = None
    """The first day to monitor; required, except in a monitor by batch."""
    end: Day | None = None
    """The last day to monitor, inclusive; a model that is still deployed has none."""
    predictions: PredictionsSpec
    """The table of predictions: one row per answer that the model gave."""
    positive_class: Label | None = None
    """The label that the score is the probability of; required in binary classification."""
    actuals: ActualsSpec | None = None
    """The table of actuals; without one there is drift and quality, but no performance."""
    reference: ReferenceSpec
    """The rows that say what is normal."""
    features: Literal["auto"] | list[ColumnName | FeatureSpec] = "auto"
    """A list of columns, or `auto`: those of the reference with no other use, times aside."""
    segments: list[ColumnName] = Field(default=[])
    """The columns by whose values everything is measured apart as well."""
    windows: WindowsSpec = WindowsSpec()
    """Over how many days drift and performance are computed."""
    quality: QualitySpec = QualitySpec()
    """Which expectations run on every day, and which of them stop the day."""
    thresholds: dict[str, JudgingSpec] = Field(default={})
    """Bounds by metric, in place of the calibrated ones."""
    alerts: AlertsSpec = AlertsSpec()
    """Who hears of an incident, and how soon again."""
    retraining: RetrainingSpec | None = None
    """Which incident starts the trainer; without it none does."""
    schedule: Annotated[str, AfterValidator(check_schedule)] = "0 6 * * *"
    """When the day before is monitored: a cron schedule in UTC."""

    @property
    def by_batch(self) -> bool:
        """Whether the monitor runs by batch instead of by day."""
        return self.predictions.batch is not None
