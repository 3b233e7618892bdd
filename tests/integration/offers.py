"""A model whose offers are taken or not: its tables, with all that makes reading them hard."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from monitoring.partitions import Partitions
from monitoring.spec.model import MonitorSpec

FIRST = datetime(2026, 3, 28, tzinfo=UTC)
DAYS = Partitions(("2026-03-28", "2026-03-29", "2026-03-30"))
AS_OF = datetime(2026, 4, 3, 12, tzinfo=UTC)
ROWS = 900

#: The days of June and the hours at which offers close.
CLOSES = [(26, "00"), (26, "06"), (26, "12"), (26, "18"), (27, "00")]

#: Names that break whatever is put together by hand.
ODD = ['say "hi"', "it's", "größe 🌡️", "select", "a;drop table x--", "100%", "a.b", "$1 :x ?"]


#: A name of a table (Java needs a locale for more than ASCII in the names of files), and names of
#: the columns that a monitor file must name.
ODD_TABLE = '{} it\'s "odd"; select'
ODD_KEYS = {
    "prediction_id": 'the "id"',
    "predicted_at": "größe @ 100%",
    "recorded_at": "it's; $1 :at",
    "label": "select label",
}


def tables() -> dict[str, pa.Table]:
    """Return a labelled reference, three days of predictions, and their labels."""
    generator = np.random.default_rng(4)
    predictions = _rows(generator, ROWS)
    identities = predictions["prediction_id"].to_pylist()
    labels = [int(value) for value in generator.random(ROWS) < 0.4]

    return {
        "predictions": predictions.drop_columns(["label"]),
        "training": _rows(generator, ROWS),
        "actuals": _actuals(identities, labels),
    }


def renamed(tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """Return *tables* under odd names, odd columns of keys and times, and the times of Berlin."""
    return {
        ODD_TABLE.format(name): _local(
            table.rename_columns([ODD_KEYS.get(column, column) for column in table.column_names])
        )
        for name, table in tables.items()
    }


def _local(table: pa.Table) -> pa.Table:
    for place, field in enumerate(table.schema):
        if field.type == pa.timestamp("us", "UTC"):
            berlin = table[field.name].cast(pa.timestamp("us", "Europe/Berlin"))
            table = table.set_column(place, field.name, pc.local_timestamp(berlin))

    return table


def _rows(generator: np.random.Generator, rows: int) -> pa.Table:
    seconds = np.sort(generator.integers(0, 3 * 86_400 * 1000, rows)) / 1000
    # The first and the last moment of a day belong to it.
    seconds[:4] = [0, 86_399.999, 86_400, 3 * 86_400 - 0.001]
    numbers = {
        "amount": pa.array(generator.normal(10, 3, rows), mask=generator.random(rows) < 0.05),
        "items": pa.array(generator.poisson(3, rows)),
        "score": pa.array(generator.random(rows).round(3)),
    }
    columns = {
        "prediction_id": pa.array([f"p-{number}" for number in range(rows)]),
        "predicted_at": pa.array(
            [FIRST + timedelta(seconds=float(value)) for value in seconds],
            pa.timestamp("us", "UTC"),
        ),
        **numbers,
        "rate": pa.array(
            [Decimal(int(value)) / 4 for value in numbers["items"].to_pylist()], pa.decimal128(8, 2)
        ),
        "member": pa.array(generator.random(rows) < 0.3),
        "since": pa.array(
            [
                date(2020, 1, 1) + timedelta(days=int(value))
                for value in generator.integers(0, 900, rows)
            ]
        ),
        "city": pa.array(generator.choice(["Köln", "O'Hare", "東京", "", "null"], rows).tolist()),
        "version": pa.array(generator.choice(["v1", "v2"], rows).tolist()),
        "label": pa.array((generator.random(rows) < 0.4).astype(int)),
    }
    columns |= {name: pa.array(generator.normal(0, 1, rows)) for name in ODD}
    columns |= _times(columns["predicted_at"].to_pylist())

    return pa.table(columns)


def _times(predicted: list[datetime]) -> dict[str, pa.Array]:
    """Return times before the predictions and, seldom, after them; a twentieth has none."""
    generator = np.random.default_rng(len(predicted))
    ages = [
        timedelta(milliseconds=int(each)) for each in generator.normal(3e9, 2e9, len(predicted))
    ]
    listed = [moment - age for moment, age in zip(predicted, ages, strict=True)]

    return {
        "listed_at": pa.array(
            listed, pa.timestamp("us", "UTC"), mask=generator.random(len(listed)) < 0.05
        ),
        "built_on": pa.array([moment.date() for moment in listed]),
        "closes_at": pa.array(
            [
                FIRST + timedelta(days=90, hours=6 * int(each))
                for each in generator.integers(0, 5, len(listed))
            ],
            pa.timestamp("us", "UTC"),
        ),
    }


def _actuals(identities: list[str], labels: list[int]) -> pa.Table:
    """
    Return a label for each but the last hundred; the first fifty are revised, twenty conflict.

    Ten of these with another label, and ten with none.
    """
    early, late = AS_OF - timedelta(days=1), AS_OF - timedelta(hours=1)
    rows = [(key, label, early) for key, label in zip(identities[:-100], labels, strict=False)]
    rows += [(key, 1 - label, late) for key, label, _ in rows[:50]]
    rows += [(key, 1 - label, when) for key, label, when in rows[60:70]]
    rows += [(key, None, when) for key, _, when in rows[70:80]]
    rows += [(key, label, AS_OF + timedelta(seconds=1)) for key, label, _ in rows[100:110]]
    keys, values, times = zip(*rows, strict=True)

    return pa.table(
        {
            "prediction_id": pa.array(keys),
            "label": pa.array(values, pa.int64()),
            "recorded_at": pa.array(times, pa.timestamp("us", "UTC")),
        }
    )


def spec_of(name: Callable[[str], str]) -> MonitorSpec:
    """Return the monitor of the model whose tables are called so."""
    return MonitorSpec.model_validate(document(name))


def renamed_spec_of(name: Callable[[str], str]) -> MonitorSpec:
    """Return the monitor of the model whose `renamed` tables are called so."""
    plain = document(lambda table: name(ODD_TABLE.format(table)))
    odd = json.loads(json.dumps(plain), object_hook=_renamed)
    odd["predictions"]["timezone"] = "Europe/Berlin"

    return MonitorSpec.model_validate(odd)


def _renamed(part: dict[str, object]) -> dict[str, object]:
    return {key: ODD_KEYS.get(str(value), value) for key, value in part.items()}


def document(name: Callable[[str], str]) -> dict[str, object]:
    """Return the monitor file of the model whose tables are called so."""
    return {
        "model": "offers",
        "task": "binary_classification",
        "positive_class": 1,
        "start": FIRST.date().isoformat(),
        "predictions": {
            "table": name("predictions"),
            "id": "prediction_id",
            "timestamp": "predicted_at",
            "score": "score",
            "version": "version",
        },
        "actuals": {
            "table": name("actuals"),
            "id": "prediction_id",
            "label": "label",
            "timestamp": "recorded_at",
            "delay": "1d",
        },
        "reference": {"table": name("training"), "label": "label"},
        "segments": ["city"],
        "features": [
            *("amount", "items", "rate", "member", "since", "city"),
            {"name": "listed_at", "type": "age"},
            {"name": "built_on", "type": "age"},
            {"name": "closes_at", "type": "categorical"},
            *ODD,
        ],
    }
