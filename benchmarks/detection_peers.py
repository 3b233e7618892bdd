"""
Our verdicts beside NannyML's and Evidently's defaults, on the same rows.

Run it with ``python benchmarks/detection_peers.py [--rows 200 2000 20000] [--seeds 10 5 2]``.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from contenders.planted import PATIENCE, SHIFTS
from contest import Contender, run
from detection import QUARTER, REFERENCE_DAYS, WEEK, Watch, first_breach, incidents, written
from environments import EVIDENTLY, NANNYML
from streams import NUMBERS, WORDS, Counted, Rows, Stream

from monitoring.alerting.incident import Cause

OURS = "ours, weeks, every day"
PEERS = (
    Contender("NannyML, days", "detection_nannyml.py", NANNYML, ("D",)),
    Contender("NannyML, calendar weeks", "detection_nannyml.py", NANNYML, ("W",)),
    Contender("Evidently, days", "detection_evidently.py", EVIDENTLY),
)

_SCHEMA = pa.schema(
    [
        *((f"feature {place}", pa.float64()) for place in range(NUMBERS)),
        *((f"feature {place}", pa.int16()) for place in range(NUMBERS, NUMBERS + len(WORDS))),
        ("day", pa.int32()),
        ("at", pa.timestamp("us")),
    ]
)

#: Days before the first that is judged: the reference, and the rest of the first week.
_BEFORE = REFERENCE_DAYS + WEEK - 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """Which windows alerted although nothing changed, and the delay of each shift in days."""

    alarmed: list[bool]
    delays: dict[str, int | None]


def compete(rows: int, seed: int) -> dict[str, Outcome]:
    """Return what each tool says of one stream with *rows* rows a day."""
    generator = np.random.default_rng(seed)
    days: list[Counted] = []
    shifted: dict[float, list[Counted]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        with pq.ParquetWriter(Path(folder) / "rows.parquet", _SCHEMA) as writer:
            for place, day in enumerate(Stream(rows).rows_of_days(_BEFORE + QUARTER, generator)):
                writer.write_table(_table(day, place - _BEFORE + 1, seed))
                days.append(day.counted())
                for shift in SHIFTS:
                    shifted[shift].append(day.counted(shift=shift))
        found = {OURS: _ours(days, shifted, generator)}
        for peer in PEERS:
            cost, said = run(peer, Path(folder))
            found[peer.name] = Outcome(said["alarmed"], said["delays"])
            print(f"  {rows} rows, seed {seed}: {peer.name}: {cost.cpu:.0f} s CPU", flush=True)

    return found


def _table(rows: Rows, day: int, seed: int) -> pa.Table:
    """Return *rows* of *day*, which counts from 1; the weeks of each seed begin elsewhere."""
    count = rows.numbers.shape[1]
    at = datetime(2026, 1, 1) + timedelta(days=day + _BEFORE + seed)  # noqa: DTZ001 - as peers want it
    features = [*map(pa.array, rows.numbers), *map(pa.array, rows.words)]

    return pa.table([*features, pa.array([day] * count), pa.array([at] * count)], schema=_SCHEMA)


def _ours(
    days: Sequence[Counted],
    shifted: Mapping[float, Sequence[Counted]],
    generator: np.random.Generator,
) -> Outcome:
    watch = Watch.on(list(days[:REFERENCE_DAYS]), generator, causes=[Cause.DRIFT])
    quiet = watch.findings(days[REFERENCE_DAYS:], Cause.DRIFT)
    alarmed = [bool(finding.breaches) for finding in quiet]
    delays: dict[str, int | None] = {}
    for shift, moved in shifted.items():
        stream = [*days[REFERENCE_DAYS:_BEFORE], *moved[_BEFORE : _BEFORE + PATIENCE]]
        delays[str(shift)] = first_breach(watch, stream)

    return Outcome(alarmed, delays)


def main(sizes: Sequence[int], seeds: Sequence[int]) -> None:
    """Print the false incidents in 90 days, and the days until a shift is seen."""
    lines: list[str] = []
    for rows, count in zip(sizes, seeds, strict=True):
        found = [compete(rows, seed) for seed in range(count)]
        lines += [_line(rows, tool, [each[tool] for each in found]) for tool in found[0]]
    print("| rows a day | seeds | tool | false incidents in 90 days | windows in alarm |", end="")
    print(*(f" {shift} sd |" for shift in SHIFTS), sep="")
    print("|---|---|---|---|---|---|---|---|", *lines, sep="\n")


def _line(rows: int, tool: str, found: Sequence[Outcome]) -> str:
    """Return the row of a Markdown table: means, and medians of delays with the share seen."""
    false = np.mean([incidents(each.alarmed) for each in found])
    alarmed = np.mean([np.mean(each.alarmed) for each in found])
    cells = [written([each.delays[str(shift)] for each in found]) for shift in SHIFTS]
    numbers = f"{false:.1f} | {alarmed:.0%} | {' | '.join(cells)}"

    return f"| {rows:,} | {len(found)} | {tool} | {numbers} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[200, 2000, 20000])
    parser.add_argument("--seeds", type=int, nargs="+", default=[6, 4, 2])
    given = parser.parse_args()
    main(given.rows, given.seeds)
