"""A plain script: numpy histograms, and with ``--distances`` exact KS and Wasserstein."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def population_stability(one: Floats, two: Floats) -> float:
    """Return PSI with shares floored at 1e-4."""
    one, two = np.maximum(one, 1e-4), np.maximum(two, 1e-4)
    return float(((two - one) * np.log(two / one)).sum())


def jensen_shannon(one: Floats, two: Floats) -> float:
    """Return the Jensen-Shannon distance, base 2."""
    mean, divergence = (one + two) / 2, 0.0
    for side in (one, two):
        held = side > 0
        divergence += float((side[held] * np.log2(side[held] / mean[held])).sum()) / 2
    return float(np.sqrt(max(divergence, 0.0)))


def numeric(one: Floats, two: Floats, *, distances: bool) -> list[float]:
    """Return PSI on deciles, Jensen-Shannon on Doane bins, and the distances if asked."""
    deciles = np.unique(np.quantile(one, np.linspace(0, 1, 11)))
    deciles[[0, -1]] = -np.inf, np.inf
    doane = np.histogram_bin_edges(one, "doane")
    scores = []
    for edges, measure in ((deciles, population_stability), (doane, jensen_shannon)):
        shares = [np.histogram(side, edges)[0] / len(side) for side in (one, two)]
        outside = [[1 - share.sum()] for share in shares]
        scores.append(measure(*(np.append(*each) for each in zip(shares, outside, strict=True))))
    if distances:
        one, two = np.sort(one), np.sort(two)
        every = np.sort(np.concatenate([one, two]))
        gap = np.abs(
            np.searchsorted(one, every, side="right") / len(one)
            - np.searchsorted(two, every, side="right") / len(two)
        )
        scores += [float(gap.max()), float((gap[:-1] * np.diff(every)).sum() / one.std())]
    return scores


def occurrences(column: pa.ChunkedArray[pa.StringScalar]) -> dict[str, int]:
    """Return how often each value occurs."""
    counted = pc.value_counts(column)
    counts = counted.field("counts").to_numpy().tolist()
    names = counted.field("values").to_pylist()
    return {str(name): count for name, count in zip(names, counts, strict=True)}


def categorical(
    one: pa.ChunkedArray[pa.StringScalar], two: pa.ChunkedArray[pa.StringScalar]
) -> list[float]:
    """Return PSI and Jensen-Shannon over the union of the values."""
    counts = [occurrences(side) for side in (one, two)]
    names = sorted(counts[0].keys() | counts[1].keys())
    shares = [np.array([side.get(name, 0) for name in names], float) for side in counts]
    shares = [share / share.sum() for share in shares]
    return [population_stability(*shares), jensen_shannon(*shares)]


def main(folder: Path, *, distances: bool) -> None:
    """Compare the two files column by column."""
    started = time.process_time()
    files = [folder / f"{name}.parquet" for name in ("reference", "current")]
    scores: dict[str, list[float]] = {}
    for field in pq.read_schema(files[0]):
        sides = [pq.read_table(file, columns=[field.name])[field.name] for file in files]
        if pa.types.is_floating(field.type):
            values = [side.drop_null().to_numpy() for side in sides]
            scores[field.name] = numeric(values[0], values[1], distances=distances)
        else:
            scores[field.name] = categorical(sides[0], sides[1])

    measured = "PSI, JS" + (", exact KS and Wasserstein" if distances else "")
    what = f"{sum(len(each) for each in scores.values())} numbers: {measured}"
    print(json.dumps({"what": what, "start": started}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), distances="--distances" in sys.argv)
