"""
What performance by day costs: ``python benchmarks/performance.py [--rows N] [--rounds N]``.

Joins predictions with labels for 80 % of them and measures each of 100 days: AUC, log loss and F1.
Ours computes all metrics, with their intervals; NannyML has no log loss and does without, once with
AUC and F1 alone and once with all metrics that both have.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from contest import Contender, compete, make_rows, print_machine, print_table
from environments import NANNYML

DAYS = 100

CONTENDERS = (
    Contender("ours", "performance_ours.py", options=(str(DAYS),)),
    Contender("numpy", "performance_numpy.py"),
    Contender("NannyML, AUC and F1", "performance_nannyml.py", NANNYML),
    Contender("NannyML, 7 metrics", "performance_nannyml.py", NANNYML, ("--more",)),
)

_WARM_UP_ROWS = 50_000


def main() -> None:
    """Run the contest and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        warm_up = make_rows(
            "labels", Path(folder) / "few", _WARM_UP_ROWS, _WARM_UP_ROWS * 4 // 5, DAYS
        )
        rows = make_rows("labels", Path(folder) / "many", options.rows, options.rows * 4 // 5, DAYS)
        scores = compete(CONTENDERS, rows, rounds=options.rounds, warm_up=warm_up)
    print(f"{options.rows:,} predictions, {options.rows * 4 // 5:,} labels, {DAYS} days.")
    print_machine(rounds=options.rounds)
    print_table(scores, unit="ours")


if __name__ == "__main__":
    main()
