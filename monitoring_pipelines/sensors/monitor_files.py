"""The sensor that makes a broken monitor file a failed run that people see."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import (
        UnresolvedAssetJobDefinition,
    )


def build_monitor_files_sensor(
    problems: Mapping[str, Sequence[str]], job: "UnresolvedAssetJobDefinition"
) -> dg.SensorDefinition:
    """Return the sensor that materializes ``monitor_files`` whenever its *problems* change."""
    lines = "\n".join(line for file_lines in problems.values() for line in file_lines)
    state = hashlib.sha256(lines.encode()).hexdigest()[:12]

    @dg.sensor(
        name="monitor_files",
        job=job,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Checks the monitor files when the code location is loaded.",
    )
    def monitor_files(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if context.cursor == state:
            return dg.SkipReason(f"{len(problems)} files cannot be used, as before.")
        context.update_cursor(state)

        return dg.RunRequest()

    return monitor_files
