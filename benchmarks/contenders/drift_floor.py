"""The floor: only reading both Parquet files, with pyarrow."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq


def main(folder: Path) -> None:
    """Read the files as tables."""
    started = time.process_time()
    for name in ("reference", "current"):
        pq.read_table(folder / f"{name}.parquet")
    print(json.dumps({"what": "only reads both files as tables", "start": started}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
