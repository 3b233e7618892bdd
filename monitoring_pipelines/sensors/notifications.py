"""The sensor that delivers the messages of the outbox."""

from collections.abc import Sequence

import dagster as dg

from monitoring.spec.model import MonitorSpec
from monitoring_pipelines.pulse import NOTIFICATIONS, SELF_WATCH, silent_sensors, ticked_lately
from monitoring_pipelines.sensors.self_watch import watch_sensors
from resources.clock import Clock
from resources.delivery import Delivery
from resources.results.store import ResultsStore


def build_notifications(specs: Sequence[MonitorSpec]) -> dg.SensorDefinition:
    """Return the sensor that tells people about the incidents of *specs*."""

    @dg.sensor(
        name=NOTIFICATIONS,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Sends what is due: new incidents, resolved ones, and reminders.",
    )
    def notifications(
        context: dg.SensorEvaluationContext,
        results: dg.ResourceParam[ResultsStore],
        delivery: dg.ResourceParam[Delivery],
        clock: dg.ResourceParam[Clock],
    ) -> dg.SkipReason:
        now = clock.now()
        if ticked_lately(context.instance, NOTIFICATIONS, now=now):
            # The watchman is watched from here; when it ticks again, it ends this by itself.
            silent = silent_sensors(context.instance, [SELF_WATCH], now=now)
            if silent:
                watch_sensors(specs, results, silent, now=now)
        for spec in specs:
            delivery.remind(spec, now=now)
        told = delivery.calling(specs).deliver_due(now=now)

        return dg.SkipReason("; ".join(told) if told else "No message is due.")

    return notifications
