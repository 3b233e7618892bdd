"""The part of a monitor file that says who hears of an incident, how soon and how often."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from monitoring.spec import fields
from monitoring.spec.calm import check_channel, check_maintenance, check_quiet_hours
from monitoring.spec.part import Duration, Part

ChannelName = Annotated[str, AfterValidator(check_channel)]


class SlackSpec(Part):
    """The Slack channel that hears of this model."""

    channel: str = Field(min_length=2)
    """A channel by name, such as `"#ml-alerts"` (quote the #), or by id."""
    mention: str | None = Field(default=None, pattern=r"^[SUW][A-Z0-9]{6,20}$")
    """Who is called when an incident fires: the id of a user group (S…) or of a person (U…)."""


class AlertsSpec(Part):
    """Who hears of an incident, and how soon again."""

    slack: SlackSpec | None = None
    """The Slack channel that hears of this model."""
    routes: dict[Literal["warning", "critical"], list[ChannelName]] = Field(default={})
    """Further channels by severity; `MONITOR_CHANNEL_<NAME>` holds the Apprise URL of each."""
    repeat: Annotated[Duration, AfterValidator(fields.check_positive)] = timedelta(days=1)
    """How long an incident that still fires stays quiet before it is told again."""
    budget: float = Field(default=1.0, gt=0, le=90)
    """How many incidents in 90 days may be false; calibrated thresholds keep to it."""
    fire_after: int = Field(default=1, ge=1)
    """How many windows in a row must breach before an incident fires; it is pending till then."""
    resolve_after: int = Field(default=3, ge=1)
    """How many windows in a row must be in order before an incident is over."""
    send_resolved: bool = True
    """Whether the end of an incident is told."""
    quiet_hours: Annotated[str, AfterValidator(check_quiet_hours)] | None = None
    """When only what is critical is told: two times and an IANA time zone; the rest waits."""
    maintenance: list[Annotated[str, AfterValidator(check_maintenance)]] = Field(default=[])
    """Spans of days in UTC, both inclusive, on which nobody is told; incidents are kept."""
