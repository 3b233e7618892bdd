"""monitoring.spec.columns: which columns are watched, and as what."""

from __future__ import annotations

import pyarrow as pa
import pytest

from monitoring.errors import ColumnNotFoundError
from monitoring.spec.columns import (
    age_columns,
    answer_columns,
    feature_columns,
    reserved_columns,
    score_columns,
    watched_columns,
)
from monitoring.spec.model import FeatureSpec, FeatureType, MonitorSpec, PredictionsSpec, Task

NUMERIC, CATEGORICAL = FeatureType.NUMERIC, FeatureType.CATEGORICAL

REFERENCE_TYPES: dict[str, pa.DataType] = {
    "id": pa.int64(),
    "at": pa.timestamp("us"),
    "batch": pa.string(),
    "version": pa.string(),
    "said": pa.int8(),
    "probability": pa.float64(),
    "truth": pa.int8(),
    "churned": pa.int8(),
    "recorded": pa.timestamp("us"),
    "age": pa.int32(),
    "balance": pa.decimal128(10, 2),
    "plan": pa.dictionary(pa.int32(), pa.string()),
    "active": pa.bool_(),
    "joined": pa.date32(),
    "größe 日本": pa.float32(),
}
REFERENCE = pa.schema(REFERENCE_TYPES)


def monitor(**changes: object) -> MonitorSpec:
    """Return a monitor of churn with *changes*."""
    return MonitorSpec.model_validate(
        {
            "model": "churn",
            "task": "binary_classification",
            "predictions": {
                "table": "p",
                "id": "id",
                "timestamp": "at",
                "batch": "batch",
                "prediction": "said",
                "score": "probability",
                "version": "version",
            },
            "positive_class": 1,
            "actuals": {"table": "a", "id": "id", "label": "churned", "timestamp": "recorded"},
            "reference": {"table": "r", "label": "truth"},
        }
        | changes
    )


AUTO = {
    "age": NUMERIC,
    "balance": NUMERIC,
    "plan": CATEGORICAL,
    "active": CATEGORICAL,
    "größe 日本": NUMERIC,
}


class TestFeatureColumns:
    """Features are listed, or all that is left of the reference."""

    def test_auto(self) -> None:
        """
        Every column of the reference is a feature that has no other use and is no date or time.
        """
        assert feature_columns(monitor(), REFERENCE) == AUTO

    def test_listed(self) -> None:
        """
        A listed feature has the type that is stated, or that of its column, in the list's order.
        """
        spec = monitor(features=["plan", FeatureSpec(name="age", type=CATEGORICAL), "joined"])

        assert [("plan", CATEGORICAL), ("age", CATEGORICAL), ("joined", NUMERIC)] == list(
            feature_columns(spec, REFERENCE).items()
        )

    def test_age(self) -> None:
        """
        A time that is watched by its age is a number, and known as an age.
        """
        spec = monitor(features=["plan", FeatureSpec(name="joined", type=FeatureType.AGE)])

        assert {"plan": CATEGORICAL, "joined": NUMERIC} == feature_columns(spec, REFERENCE)
        assert {"joined"} == age_columns(spec)
        assert frozenset() == age_columns(monitor())

    def test_stated_type_of_missing_column(self) -> None:
        """
        A feature of a stated type is watched although the reference lacks it.
        """
        spec = monitor(features=[FeatureSpec(name="new", type=NUMERIC)])

        assert {"new": NUMERIC} == feature_columns(spec, REFERENCE)

    def test_missing(self) -> None:
        """
        A feature without a type has to be in the reference.
        """
        with pytest.raises(ColumnNotFoundError, match="r has no single column 'agee'") as raised:
            feature_columns(monitor(features=["agee"]), REFERENCE)

        assert ("r", "agee") == (raised.value.table, raised.value.column)

    def test_nested(self) -> None:
        """
        A column that cannot be profiled is not left out: its layout will say why.
        """
        schema = REFERENCE.append(pa.field("tags", pa.list_(pa.string())))

        assert CATEGORICAL == feature_columns(monitor(), schema)["tags"]


class TestAnswerColumns:
    """What the model answers is watched besides its features."""

    def test_binary(self) -> None:
        """
        A class label is categorical, also where classes are numbers; a score is numeric.
        """
        assert {"said": CATEGORICAL, "probability": NUMERIC} == answer_columns(monitor())

    def test_regression(self) -> None:
        """
        The prediction of a regression is numeric.
        """
        predictions = PredictionsSpec(table="p", id="id", prediction="price")

        assert {"price": NUMERIC} == answer_columns(
            monitor(task=Task.REGRESSION, predictions=predictions)
        )

    def test_multiclass(self) -> None:
        """
        Of several classes each has a score.
        """
        predictions = PredictionsSpec(table="p", id="id", score={"a": "pa", "b": "pb"})

        assert {"pa": NUMERIC, "pb": NUMERIC} == answer_columns(
            monitor(task=Task.MULTICLASS, predictions=predictions)
        )
        assert ("pa", "pb") == score_columns(predictions)

    def test_none(self) -> None:
        """
        A monitor without predictions watches its features only.
        """
        spec = monitor(predictions=PredictionsSpec(table="p", id="id"), actuals=None)

        assert {} == answer_columns(spec)
        assert () == score_columns(spec.predictions)


class TestWatchedColumns:
    """Features first, then what the model answers."""

    def test_order(self) -> None:
        """
        The columns are features, prediction and score.
        """
        assert [*AUTO, "said", "probability"] == list(watched_columns(monitor(), REFERENCE))


class TestReservedColumns:
    """Columns with a use of their own."""

    def test_reserved(self) -> None:
        """
        Every column that the file names elsewhere is no feature.
        """
        assert {
            *("id", "at", "batch", "version", "said", "probability"),
            *("truth", "churned", "recorded"),
        } == reserved_columns(monitor())
