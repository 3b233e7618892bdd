"""
What many models cost before anything runs: ``python benchmarks/models.py [MODELS …]``.

Loads the code location with so many monitor files, in a process of its own, as the code server and
every run do. Prints CPU seconds, those of the imports apart, and peak memory, as a Markdown table.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

COUNTS = (1, 50, 500)

MONITOR = """\
model: model_{number}
task: binary_classification
start: 2026-01-01
predictions: {{table: predictions, id: id, timestamp: at, prediction: said, score: score}}
positive_class: 1
actuals: {{table: actuals, id: id, label: label, timestamp: recorded, delay: 3d}}
reference: {{table: reference, label: label}}
segments: [country]
retraining: {{trainer: "trainer:train"}}
"""

LOAD = """
import json, resource, time
from monitoring_pipelines.definitions import defs
started = time.process_time()
repository = defs().get_repository_def()
spent = time.process_time() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
assets = len(repository.asset_graph.get_all_asset_keys())
print(json.dumps({"imports": started, "spent": spent, "peak": peak, "assets": assets}))
"""


def load(models: int) -> dict[str, float]:
    """Return what loading the code location of *models* takes."""
    with tempfile.TemporaryDirectory() as folder:
        monitors = Path(folder) / "monitors"
        monitors.mkdir()
        for number in range(models):
            path = monitors / f"model_{number}.yaml"
            path.write_text(MONITOR.format(number=number), "utf-8")
        variables = {"MONITOR_MONITORS": str(monitors), "MONITOR_HOME": folder}
        done = subprocess.run(
            [sys.executable, "-c", LOAD],
            env={**os.environ, **variables},
            cwd=Path(__file__).parents[1],
            capture_output=True,
            check=True,
            text=True,
        )

    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print the table."""
    print("| models | assets | imports, CPU s | loading, CPU s | peak MB |")
    print("|---|---|---|---|---|")
    for models in [int(each) for each in sys.argv[1:]] or COUNTS:
        cost = load(models)
        print(
            f"| {models:,} | {cost['assets']:,.0f} | {cost['imports']:.1f}"
            f" | {cost['spent']:.1f} | {cost['peak']:,.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
