"""The sensor that delivers the messages of the outbox."""

from collections.abc import Sequence

import dagster as dg

from monitoring.spec.model import MonitorSpec
from resources.clock import Clock
from resources.delivery import Delivery


def build_notifications(specs: Sequence[MonitorSpec]) -> dg.SensorDefinition:
    """Return the sensor that tells people about the incidents of *specs*."""

    @dg.sensor(
        name="notifications",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Sends what is due: new incidents, resolved ones, and reminders.",
    )
    def notifications(
        delivery: dg.ResourceParam[Delivery], clock: dg.ResourceParam[Clock]
    ) -> dg.SkipReason:
        now = clock.now()
        for spec in specs:
            delivery.remind(spec, now=now)
        told = delivery.deliver_due(now=now)

        return dg.SkipReason("; ".join(told) if told else "No message is due.")

    return notifications
