"""
How time and memory grow with the rows: ``python benchmarks/growth.py [--rows N] [--rounds N]``.

Drift of a table, of one ten times as long against the same reference, and of two long ones. Needs
about 2 GB of disk for the default of a million rows.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from contest import Contender, Score, compete, make_rows, print_machine

OURS = Contender("ours", "drift_ours.py")

_TIMES = 10
_WARM_UP_ROWS = 20_000


def main() -> None:
    """Measure the three pairs of tables and print what they cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    few, many = options.rows, options.rows * _TIMES

    scores: dict[tuple[int, int], Score] = {}
    with tempfile.TemporaryDirectory() as folder:
        warm_up = make_rows("drift", Path(folder) / "few", _WARM_UP_ROWS, _WARM_UP_ROWS)
        for pair in ((few, few), (few, many), (many, many)):
            rows = make_rows("drift", Path(folder) / f"{pair[0]}-{pair[1]}", *pair)
            found = compete([OURS], rows, rounds=options.rounds, warm_up=warm_up)
            scores[pair] = found[OURS.name]

    print_machine(rounds=options.rounds)
    print("| reference rows | current rows | wall s | CPU s | peak MB |")
    print("|---|---|---|---|---|")
    for (reference, current), score in scores.items():
        wall, cpu, peak = (score.median(of) for of in ("wall", "cpu", "peak"))
        print(f"| {reference:,} | {current:,} | {wall:.1f} | {cpu:.1f} | {peak:,.0f} |")


if __name__ == "__main__":
    main()
