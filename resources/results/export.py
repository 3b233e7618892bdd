"""Print measurements as CSV or JSON: the public columns, floats in full precision."""

import csv
import json
from collections.abc import Iterable
from datetime import UTC
from typing import TextIO

from monitoring.results import COLUMNS, Measurement


def write_csv(measurements: Iterable[Measurement], stream: TextIO) -> None:
    """Write a header and a line for each of *measurements*; what is undefined is empty."""
    # The csv module writes a float by its repr, the shortest text that reads back as itself.
    plain = csv.writer(stream, lineterminator="\n")
    # It forgets that a lone carriage return ends a line for those who read.
    quoted = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
    plain.writerow(COLUMNS)
    for measurement in measurements:
        odd = any("\r" in text for text in (measurement.segment, measurement.column))
        (quoted if odd else plain).writerow(_cells(measurement))


def write_json(measurements: Iterable[Measurement], stream: TextIO) -> None:
    """Write a JSON list with an object on a line for each of *measurements*."""
    before = "[\n"
    for measurement in measurements:
        row = dict(zip(COLUMNS, _cells(measurement), strict=True))
        stream.write(before + json.dumps(row, ensure_ascii=False, allow_nan=False))
        before = ",\n"
    stream.write("[]\n" if before == "[\n" else "\n]\n")


def _cells(measurement: Measurement) -> list[str | float | None]:
    as_of = measurement.as_of.astimezone(UTC).isoformat()

    return [as_of if name == "as_of" else getattr(measurement, name) for name in COLUMNS]
