"""
Makes the Parquet tables of the benchmarks.

``python benchmarks/rows.py drift FOLDER REFERENCE_ROWS CURRENT_ROWS``
``python benchmarks/rows.py labels FOLDER PREDICTIONS ACTUALS DAYS``
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

Law = Callable[[np.random.Generator, int, float], NDArray[np.float64]]

#: As many rows as pyarrow puts into a row group unless it is told otherwise.
CHUNK = 1_000_000

#: Twice these are the numeric columns; *shift* moves the current rows of the first of each pair.
LAWS: tuple[Law, ...] = (
    lambda random, rows, shift: random.normal(shift, 1, rows),
    lambda random, rows, shift: random.lognormal(shift, 1, rows),
    lambda random, rows, shift: random.exponential(1 + shift, rows),
    lambda random, rows, shift: random.uniform(shift, 1 + shift, rows),
    lambda random, rows, shift: random.standard_t(3, rows) + shift,
    lambda random, rows, shift: random.standard_cauchy(rows) + shift,
    lambda random, rows, shift: random.exponential(1, rows) * (random.random(rows) < 0.3 - shift),
    lambda random, rows, shift: random.poisson(3 + shift, rows).astype(float),
    lambda random, rows, shift: np.round(random.gamma(2, 30 + 10 * shift, rows)),
    lambda random, rows, shift: random.beta(2, 5 - shift, rows),
)

CARDINALITIES = (3, 5, 10, 20, 50, 100, 200, 300, 500, 1000)

# Every fourth column lacks some values.
_MISSING, _EVERY = 0.02, 4

_START = datetime(2026, 1, 1)  # noqa: DTZ001 - a column without a zone counts as UTC
_LABEL_DELAY_HOURS = 48


def drift_rows(rows: int, *, shift: float, seed: int) -> Iterator[pa.Table]:
    """Yield 20 numeric columns of ten laws and 10 text columns, in tables of up to a million."""
    random = np.random.default_rng(seed)
    for start in range(0, rows, CHUNK):
        size = min(CHUNK, rows - start)
        columns: dict[str, pa.Array] = {}
        for at in range(2 * len(LAWS)):
            values = LAWS[at // 2](random, size, shift * (at % 2 == 0))
            missing = random.random(size) < _MISSING if at % _EVERY == 0 else None
            columns[f"number_{at}"] = pa.array(values, mask=missing)
        for at, cardinality in enumerate(CARDINALITIES):
            names = pa.array([f"value {name}" for name in range(cardinality + 2)])
            weights = 1 / np.arange(1, cardinality + 1) ** (0.5 + shift * (at % 2))
            codes = random.choice(cardinality, size, p=weights / weights.sum())
            # Some of the shifted columns have values that the reference never had.
            codes[: int(shift * size / 100)] += 2 * (at % 2)
            columns[f"text_{at}"] = names.take(pa.array(codes, pa.int32()))
        yield pa.table(columns)


def labels_rows(predictions: int, actuals: int, days: int) -> Iterator[tuple[str, list[pa.Table]]]:
    """Yield a labelled reference, predictions of *days*, and labels of *actuals* of them."""
    random = np.random.default_rng(3)
    reference = _scored(random, predictions // 10, days)
    yield "reference", [reference.append_column("label", _labels(random, reference))]
    rows = _scored(random, predictions, days)
    yield "predictions", [rows]
    known = np.sort(random.permutation(predictions)[:actuals])
    late = random.integers(0, _LABEL_DELAY_HOURS * 3600, actuals).astype("timedelta64[s]")
    predicted = rows["predicted_at"].to_numpy()[known]
    labelled = {
        "prediction_id": rows["prediction_id"].take(pa.array(known)),
        "label": _labels(random, rows).take(pa.array(known)),
        "recorded_at": pa.array((predicted + late).astype("datetime64[us]")),
    }
    yield "actuals", [pa.table(labelled).take(pa.array(random.permutation(actuals)))]


def write(tables: Iterator[pa.Table] | list[pa.Table], path: Path) -> None:
    """Write *tables* to one file, a row group each."""
    writer: pq.ParquetWriter | None = None
    for table in tables:
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def main(kind: str, folder: Path, *numbers: int) -> None:
    """Write the tables of *kind* into *folder*."""
    if kind == "drift":
        reference, current = numbers
        write(drift_rows(reference, shift=0.0, seed=1), folder / "reference.parquet")
        write(drift_rows(current, shift=0.1, seed=2), folder / "current.parquet")
    else:
        predictions, actuals, days = numbers
        for name, tables in labels_rows(predictions, actuals, days):
            write(tables, folder / f"{name}.parquet")


def _scored(random: np.random.Generator, rows: int, days: int) -> pa.Table:
    seconds = np.sort(random.integers(0, days * 86_400, rows)).astype("timedelta64[s]")
    scores = random.beta(1, 4, rows)
    columns = {
        "prediction_id": pa.array(np.arange(rows)),
        "predicted_at": pa.array(np.datetime64(_START, "us") + seconds),
        "probability": pa.array(scores),
        "predicted_label": pa.array((scores >= 0.5).astype(np.int64)),  # noqa: PLR2004 - the usual threshold
    }
    return pa.table(columns)


def _labels(random: np.random.Generator, rows: pa.Table) -> pa.Array:
    scores = rows["probability"].to_numpy()
    return pa.array((random.random(len(scores)) < scores).astype(np.int64))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *(int(number) for number in sys.argv[3:]))
