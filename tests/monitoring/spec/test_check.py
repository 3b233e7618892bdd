"""monitoring.spec.check: a monitor file against described tables."""

from __future__ import annotations

import pyarrow as pa
import pytest

from monitoring.spec.check import check_spec
from monitoring.spec.facts import TableFacts
from monitoring.spec.model import MonitorSpec
from monitoring.spec.needs import table_fields
from monitoring.spec.parse import read_monitor
from monitoring.spec.problems import Source

FILE = """\
model: churn
task: binary_classification
start: 2026-01-01
predictions:
  table: p
  id: id
  timestamp: at
  prediction: said
  score: probability
  version: version
positive_class: 1
actuals: {table: a, id: id, label: churned, timestamp: recorded}
reference: {table: r, label: truth}
features: [age, plan]
segments: [country]
"""

PREDICTIONS_TYPES: dict[str, pa.DataType] = {
    "id": pa.int64(),
    "at": pa.timestamp("us", "UTC"),
    "said": pa.int64(),
    "probability": pa.float64(),
    "version": pa.string(),
    "age": pa.int32(),
    "plan": pa.string(),
    "country": pa.large_string(),
}
PREDICTIONS = pa.schema(PREDICTIONS_TYPES)
ACTUALS = pa.schema({"id": pa.int32(), "churned": pa.int8(), "recorded": pa.timestamp("us")})
# The label is a float, as pandas makes it where some labels are missing.
REFERENCE = PREDICTIONS.remove(1).append(pa.field("truth", pa.float64()))

TABLES: dict[str, pa.Schema | str] = {"p": PREDICTIONS, "a": ACTUALS, "r": REFERENCE}


def retyped(schema: pa.Schema, **types: pa.DataType) -> pa.Schema:
    """Return *schema* with other *types*."""
    return pa.schema([(field.name, types.get(field.name, field.type)) for field in schema])


def without(schema: pa.Schema, column: str) -> pa.Schema:
    """Return *schema* without *column*."""
    return schema.remove(schema.get_field_index(column))


def monitor(text: str = FILE) -> MonitorSpec:
    """Return the monitor of *text*."""
    return read_monitor(text, source="churn.yaml").spec


CASES: dict[str, tuple[dict[str, pa.Schema | str], list[str]]] = {
    "no table": (
        {"a": "a is no table; there are p, r."},
        ["actuals.table: a is no table; there are p, r."],
    ),
    "misspelt column": (
        {"p": retyped(PREDICTIONS).set(3, pa.field("probabilty", pa.float64()))},
        ["predictions.score: p has no column 'probability'; did you mean probabilty?"],
    ),
    "absent column": (
        {"a": without(ACTUALS, "recorded")},
        ["actuals.timestamp: a has no column 'recorded'; it has id, churned."],
    ),
    "column twice": (
        {"a": ACTUALS.append(pa.field("churned", pa.int8()))},
        ["actuals.label: a has 2 columns 'churned'; rename all but one."],
    ),
    "feature only in the reference": (
        {"p": without(PREDICTIONS, "age")},
        [
            (
                "features[0]: p has no column 'age'; it has id, at, said, probability, version, "
                "plan, country."
            )
        ],
    ),
    "feature in neither": (
        {"p": without(PREDICTIONS, "plan"), "r": without(REFERENCE, "plan")},
        [
            (
                "features[1]: p has no column 'plan'; it has id, at, said, probability, version, "
                "age, country."
            ),
            (
                "features[1]: r has no column 'plan'; it has id, said, probability, version, age, "
                "country, truth."
            ),
        ],
    ),
    "segment only in the predictions": (
        {"r": without(REFERENCE, "country")},
        [
            (
                "segments[0]: r has no column 'country'; it has id, said, probability, version, "
                "age, plan, truth."
            )
        ],
    ),
    "text as score": (
        {"p": retyped(PREDICTIONS, probability=pa.string())},
        [
            (
                "predictions.score: expected numbers, got string in column 'probability' of p; "
                "cast it in a view."
            )
        ],
    ),
    "text as time": (
        {"p": retyped(PREDICTIONS, at=pa.string())},
        [
            (
                "predictions.timestamp: expected timestamps or dates, got string in column 'at' "
                "of p; cast it in a view."
            )
        ],
    ),
    "list as feature": (
        {
            "p": retyped(PREDICTIONS, plan=pa.list_(pa.string())),
            "r": retyped(REFERENCE, plan=pa.list_(pa.string())),
        },
        [
            (
                "features[1]: expected texts, numbers, dates or booleans, got list<item: string> "
                "in column 'plan' of p; cast it in a view."
            ),
            (
                "features[1]: expected texts, numbers, dates or booleans, got list<item: string> "
                "in column 'plan' of r; cast it in a view."
            ),
        ],
    ),
    "number became text": (
        {"p": retyped(PREDICTIONS, age=pa.string())},
        [
            (
                "features[0]: expected numbers, dates or booleans, got string in column 'age' of "
                "p; cast it in a view."
            )
        ],
    ),
    "text became number": (
        {"p": retyped(PREDICTIONS, plan=pa.int64())},
        [
            (
                "features[1]: 'plan' is string in r, but int64 in p; state its type, or cast it "
                "in a view."
            )
        ],
    ),
    "texts may be numbers": ({"a": retyped(ACTUALS, id=pa.string(), churned=pa.string())}, []),
    "ids of other types": (
        {"a": retyped(ACTUALS, id=pa.date32())},
        [
            (
                "actuals.id: date32[day] never equals int64, the type of predictions.id; "
                "cast one in a view."
            )
        ],
    ),
    "dictionaries and booleans fit": (
        {
            "p": retyped(PREDICTIONS, plan=pa.dictionary(pa.int32(), pa.string()), said=pa.bool_()),
            "a": retyped(ACTUALS, churned=pa.bool_(), recorded=pa.date32()),
        },
        [],
    ),
}


class TestCheckSpec:
    """Everything that would fail later is told at once."""

    def test_age(self) -> None:
        """
        An age is that of a time, in a reference with the time of its rows.
        """
        spec = monitor(FILE.replace("[age, plan]", "[{name: age, type: age}, plan]"))
        times = {
            name: retyped(schema, age=pa.date32())
            for name, schema in (("p", PREDICTIONS), ("r", REFERENCE))
        }
        timed = times["r"].append(pa.field("at", pa.date32()))

        assert [] == check_spec(spec, TABLES | times | {"r": timed})
        assert [
            (
                "features[0]: r has no column 'at'; it has id, said, probability, version, age, "
                "plan, country, truth."
            )
        ] == check_spec(spec, TABLES | times)
        whole = TABLES | {"r": REFERENCE.append(pa.field("at", pa.date32()))}
        assert [
            f"features[0]: expected timestamps or dates, got int32 in column 'age' of {name}; "
            f"cast it in a view."
            for name in ("p", "r")
        ] == check_spec(spec, whole)

    def test_fits(self) -> None:
        """
        Tables with the named columns, of types that fit, have no problem.
        """
        assert [] == check_spec(monitor(), TABLES)

    @pytest.mark.parametrize(("changes", "lines"), CASES.values(), ids=CASES)
    def test_tables(self, changes: dict[str, pa.Schema | str], lines: list[str]) -> None:
        """
        What is absent or of the wrong type names its field, and the remedy.
        """
        assert lines == check_spec(monitor(), TABLES | changes)

    def test_shadow(self) -> None:
        """
        The table of the shadow has the columns of the predictions by which versions are compared.
        """
        spec = monitor(FILE.replace("  table: p\n", "  table: p\n  shadow: s\n"))
        assert [] == check_spec(spec, TABLES | {"s": PREDICTIONS})
        lines = check_spec(spec, TABLES | {"s": without(PREDICTIONS, "version")})

        (line,) = (line for line in lines if "version" in line)
        assert line.startswith("predictions.version: s has no column 'version'")

    def test_nothing_can_be_read(self) -> None:
        """
        A warehouse that is down is told for each table, and nothing is said of columns.
        """
        down = "the warehouse does not answer."

        assert [
            f"predictions.table: {down}",
            f"actuals.table: {down}",
            f"reference.table: {down}",
        ] == check_spec(monitor(), dict.fromkeys("par", down))

    def test_auto(self) -> None:
        """
        A feature that auto takes from the reference has to be in the predictions, too.
        """
        spec = monitor(FILE.replace("features: [age, plan]\n", ""))
        tables = TABLES | {"r": REFERENCE.append(pa.field("late", pa.int8()))}

        assert [
            (
                "features: p has no column 'late'; auto takes it from the reference; list the "
                "features instead."
            )
        ] == check_spec(spec, tables)

    def test_auto_nested(self) -> None:
        """
        What auto takes and nothing can be counted of is no mistake of the file: each run tells it.
        """
        spec = monitor(FILE.replace("features: [age, plan]\n", ""))
        nested = {"plan": pa.list_(pa.string())}
        tables = TABLES | {"p": retyped(PREDICTIONS, **nested), "r": retyped(REFERENCE, **nested)}

        assert [] == check_spec(spec, tables)

    def test_located(self) -> None:
        """
        With its source, each line begins with file and line, in the order of the file.
        """
        parsed = read_monitor(FILE, source="churn.yaml")
        tables = TABLES | {"a": "gone.", "p": retyped(PREDICTIONS, at=pa.int64())}

        assert [
            (
                "churn.yaml:7: predictions.timestamp: expected timestamps or dates, got int64 in "
                "column 'at' of p; cast it in a view."
            ),
            "churn.yaml:12: actuals.table: gone.",
        ] == check_spec(parsed.spec, tables, source=parsed.source)

    def test_window(self) -> None:
        """
        A reference that is a window of the predictions is checked in that table, once.
        """
        text = FILE.replace(
            "{table: r, label: truth}", "{window: {start: 2025-11-01, end: 2025-12-01}}"
        )
        spec = monitor(text)

        assert {("predictions", "table"): "p", ("actuals", "table"): "a"} == table_fields(spec)
        assert [
            (
                "features[0]: p has no column 'age'; it has id, at, said, probability, version, "
                "plan, country."
            )
        ] == check_spec(spec, {"p": without(PREDICTIONS, "age"), "a": ACTUALS})

    def test_stated_type(self) -> None:
        """
        A feature of a stated type may differ between the tables, as long as both can be read so.
        """
        spec = monitor(FILE.replace("[age, plan]", "[{name: plan, type: categorical}]"))
        tables = TABLES | {"p": retyped(PREDICTIONS, plan=pa.int64())}

        assert [] == check_spec(spec, tables)

    def test_drift_only(self) -> None:
        """
        Without actuals, a regression needs only its predictions and its reference.
        """
        spec = monitor(
            FILE.replace("binary_classification", "regression")
            .replace("  score: probability\n", "")
            .replace("positive_class: 1\n", "")
            .replace("actuals: {table: a, id: id, label: churned, timestamp: recorded}\n", "")
            .replace(", label: truth", "")
            .replace("[age, plan]", "[age]")
        )

        assert [] == check_spec(spec, {"p": PREDICTIONS, "r": REFERENCE})

    def test_multiclass(self) -> None:
        """
        The score of each class is a column of its own.
        """
        spec = monitor(
            FILE.replace("binary", "multiclass")
            .replace("positive_class: 1\n", "")
            .replace("score: probability", "score: {0: probability, 1: p1}")
        )

        (line, _) = check_spec(spec, TABLES)

        assert line.startswith("predictions.score.1: p has no column 'p1'; ")

    def test_facts(self) -> None:
        """
        Facts are told of the table that they are about.
        """
        lines = check_spec(
            monitor(), TABLES, facts={"r": TableFacts(rows=0), "p": TableFacts(rows=0)}
        )

        assert [
            "reference.table: r has no rows, so nothing is known to be normal; fill it.",
            "predictions.table: p has no rows; fill it, or wait for it.",
        ] == lines

    def test_strange_names(self) -> None:
        """
        Names of columns cannot break a line.
        """
        tables = TABLES | {"a": pa.schema({"a\nb\x1b[31m": pa.int8()})}

        assert all(
            line.isprintable()
            for line in check_spec(monitor(), tables, source=Source("churn.yaml", {}))
        )
