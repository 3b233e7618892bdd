"""What the parts of a monitor file are made of: durations, days, columns, bounds."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    model_validator,
)

from monitoring.spec import fields
from monitoring.windows import format_duration

Duration = Annotated[
    timedelta,
    BeforeValidator(fields.read_duration),
    PlainSerializer(format_duration, return_type=str),
]
WholeDays = Annotated[Duration, AfterValidator(fields.check_whole_days)]
Day = Annotated[date, BeforeValidator(fields.read_day)]
ColumnName = Annotated[str, AfterValidator(fields.check_column)]


class Part(BaseModel):
    """A part of a monitor file: frozen, and closed to unknown keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )


class ThresholdSpec(Part):
    """Fixed bounds of one metric."""

    low: float | None = None
    """The lowest value that is in order."""
    high: float | None = None
    """The highest value that is in order."""

    @property
    def _is_bounded(self) -> bool:
        return self.low is not None or self.high is not None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if not self._is_bounded:
            msg = "expected low, high or both, got neither"
            raise ValueError(msg)
        if self.low is not None and self.high is not None and self.low >= self.high:
            msg = f"expected low below high, got low {self.low:g} and high {self.high:g}"
            raise ValueError(msg)
        return self


class JudgingSpec(ThresholdSpec):
    """Bounds of one metric in place of the calibrated ones: fixed, or from its own past."""

    method: Literal["historical", "control_chart"] | None = None
    """Instead of both: a band over 14 windows till three days ago, or a chart of slow changes."""

    @property
    def _is_bounded(self) -> bool:
        return self.method is not None or super()._is_bounded

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.method is not None and (self.low is not None or self.high is not None):
            msg = f"expected either bounds or a method, got both: {self.method} finds its own"
            raise ValueError(msg)
        return self
