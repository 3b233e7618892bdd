"""The part of a monitor file that says when and how a new version of the model is made."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from monitoring.spec import fields
from monitoring.spec.part import Duration, Part, ThresholdSpec, WholeDays

#: Fewer days than this do not show how much days differ: two equal models of which each day favours
#: one would pass as better more often than :data:`~monitoring.retraining.differences.CONFIDENCE`
#: allows.
MINIMUM_EVALUATION_DAYS = 3


class WebhookSpec(Part):
    """An external pipeline that trains and scores, and is asked over HTTP."""

    url: str = Field(pattern=r"^https?://\S+$")
    """Where a request is posted."""
    token: str | None = Field(default=None, pattern=r"^[A-Za-z_]\w*$")
    """The environment variable that holds the bearer token; the token itself is in no file."""
    poll: Annotated[Duration, AfterValidator(fields.check_positive)] = timedelta(seconds=30)
    """How long to wait before asking again whether it has finished."""


class RetrainingSpec(Part):
    """Which incident starts which trainer, how often at most, and what becomes of its model."""

    mode: Literal["auto", "approve", "off"] = "auto"
    """Whether a better model is promoted by itself, waits for `monitor approve`, or none trains."""
    trainer: str | None = Field(default=None, pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")
    """The function that trains a new version, as `module:function`; or `command` or `webhook`."""
    command: list[str] | None = Field(default=None, min_length=1)
    """A program that trains and scores through Dagster Pipes, with its arguments."""
    webhook: WebhookSpec | None = None
    """An external pipeline that trains and scores."""
    timeout: Annotated[Duration, AfterValidator(fields.check_positive)] = timedelta(hours=6)
    """How long training may take before it has failed and is ended; so with scoring."""
    on: list[Literal["performance", "drift"]] = Field(default=["performance"], min_length=1)
    """The incidents that start it."""
    metrics: list[str] = Field(default=[])
    """Only incidents in which one of these metrics is beyond its threshold; none means any."""
    severity: Literal["warning", "critical"] = "warning"
    """The mildest incident that starts it."""
    lasting: Duration = timedelta(0)
    """How long an incident has lasted, by the days that it names, before it starts it."""
    cooldown: Duration = timedelta(days=7)
    """How long after a retraining no other one starts."""
    maximum: int = Field(default=4, ge=1)
    """How many retrainings start within a `period` at most."""
    period: Annotated[Duration, AfterValidator(fields.check_positive)] = timedelta(days=30)
    """The time over which they are counted."""
    hours: str | None = Field(
        default=None, pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$"
    )
    """The hours of the day in UTC in which it may start, such as `22:00-06:00`."""
    window: WholeDays = timedelta(days=60)
    """The days of labelled predictions on which it trains."""
    evaluation: WholeDays = timedelta(days=14)
    """The latest labelled days, kept out of training, on which both versions are compared."""
    minimum_labels: int = Field(default=1000, ge=1)
    """The fewest labelled rows with which it starts."""
    new_labels: int = Field(default=0, ge=0)
    """The fewest of them that are later than what the model in use was trained on."""
    margin: float = Field(default=0.05, ge=0)
    """By what share the loss of a segment may surely rise before the new version is refused."""
    gate: dict[str, ThresholdSpec] = Field(default={})
    """Bounds that a new version must keep, by figure of the evaluation, such as `roc_auc`."""
    rebase: bool = True
    """Whether the monitor compares with the promoted version's own rows once it answers."""
    probation: Duration = timedelta(0)
    """How long an incident of its own takes a promoted version back; `0s` means never."""

    @model_validator(mode="after")
    def _one_trainer(self) -> Self:
        given = [name for name in ("trainer", "command", "webhook") if getattr(self, name)]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            msg = f"expected one of trainer, command and webhook, got {found}"
            raise ValueError(msg)
        return self
