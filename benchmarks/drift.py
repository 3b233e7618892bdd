"""
What drift costs, ours and others': ``python benchmarks/drift.py [--rows N] [--rounds N]``.

Makes a reference and a current table of 30 columns (20 numeric, 10 texts) as Parquet, and lets
every contender go from the files to its drift scores, in a process of its own and by turns. Other
tools get environments of their own under benchmarks/.environments; ``--only ours,numpy`` leaves
some out, and one that cannot be installed is reported.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from contest import Contender, compete, make_rows, print_machine, print_table
from environments import EVIDENTLY, NANNYML, WHYLOGS

CONTENDERS = {
    "ours": Contender("ours", "drift_ours.py"),
    "numpy": Contender("numpy histograms", "drift_numpy.py"),
    "exact": Contender("numpy, exact distances", "drift_numpy.py", options=("--distances",)),
    "floor": Contender("pyarrow", "drift_floor.py"),
    "evidently": Contender("Evidently", "drift_evidently.py", EVIDENTLY),
    "nannyml": Contender("NannyML", "drift_nannyml.py", NANNYML),
    "whylogs": Contender("whylogs", "drift_whylogs.py", WHYLOGS),
}

_WARM_UP_ROWS = 20_000


def main() -> None:
    """Run the contest and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(CONTENDERS))
    options = parser.parse_args()
    contenders = [CONTENDERS[name] for name in options.only.split(",")]

    with tempfile.TemporaryDirectory() as folder:
        warm_up = make_rows("drift", Path(folder) / "few", _WARM_UP_ROWS, _WARM_UP_ROWS)
        rows = make_rows("drift", Path(folder) / "many", options.rows, options.rows)
        scores = compete(contenders, rows, rounds=options.rounds, warm_up=warm_up)
    print(f"Drift of {options.rows:,} + {options.rows:,} rows of 20 numbers and 10 texts.")
    print_machine(rounds=options.rounds)
    print_table(scores, unit=contenders[0].name)


if __name__ == "__main__":
    main()
