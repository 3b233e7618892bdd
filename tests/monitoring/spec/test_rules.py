"""monitoring.spec.rules: what the keys of a monitor file demand of each other."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from monitoring.spec.rules import broken_rules

BINARY: dict[str, Any] = {
    "model": "churn",
    "task": "binary_classification",
    "start": "2026-01-01",
    "predictions": {
        "table": "p",
        "id": "id",
        "timestamp": "at",
        "prediction": "said",
        "score": "probability",
        "version": "version",
    },
    "positive_class": 1,
    "actuals": {"table": "a", "id": "id", "label": "churned"},
    "reference": {"table": "r", "label": "truth"},
}

GONE = object()


def broken(**changes: object) -> list[str]:
    """Return the rules that the valid file breaks with *changes* (``a__b`` is the key a.b)."""
    data = deepcopy(BINARY)
    for name, value in changes.items():
        part, _, key = name.rpartition("__")
        target = data[part] if part else data
        if value is GONE:
            del target[key]
        else:
            target[key] = value

    return [str(problem) for problem in broken_rules(data)]


NO_ANSWER = {"predictions__prediction": GONE, "predictions__score": GONE}
REGRESSION = {"task": "regression", "positive_class": GONE, "predictions__score": GONE}
MULTICLASS = {"task": "multiclass_classification", "positive_class": GONE}
SPAN = {"start": "2025-11-01", "end": "2025-12-01"}

CASES: dict[str, tuple[dict[str, object], str]] = {
    "no start": (
        {"start": GONE},
        "start: missing, but required: the first day to monitor, or else predictions.batch.",
    ),
    "end before start": (
        {"end": "2025-12-31"},
        "end: expected a day on or after start 2026-01-01, got 2025-12-31.",
    ),
    "no timestamp": (
        {"predictions__timestamp": GONE},
        (
            "predictions.timestamp: missing, but required: the column with the time, or else "
            "predictions.batch."
        ),
    ),
    "age without a timestamp": (
        {
            "predictions__timestamp": GONE,
            "predictions__batch": "batch",
            "features": ["plan", {"name": "joined", "type": "age"}],
        },
        "features[1]: an age is that at the time of the prediction; name predictions.timestamp.",
    ),
    "batch with a window": (
        {
            "predictions__timestamp": GONE,
            "predictions__batch": "batch",
            "reference": {"window": SPAN},
        },
        (
            "predictions.timestamp: missing, but required: reference.window selects the "
            "predictions by it."
        ),
    ),
    "no positive class": (
        {"positive_class": GONE},
        (
            "positive_class: missing, but required: the label that the score is the probability "
            "of, such as 1."
        ),
    ),
    "positive class of a regression": (
        REGRESSION | {"positive_class": 1},
        "positive_class: not used in regression; remove it.",
    ),
    "scores of two classes": (
        {"predictions__score": {"0": "p0", "1": "p1"}},
        "predictions.score: expected one column, that of the positive class, got a mapping.",
    ),
    "score of several classes": (
        MULTICLASS,
        (
            "predictions.score: expected a mapping {class: column, ...} with every class, got "
            "'probability'."
        ),
    ),
    "one of several classes": (
        MULTICLASS | {"predictions__score": {"a": "pa"}},
        "predictions.score: expected two classes or more, got 1.",
    ),
    "score of a regression": (
        REGRESSION | {"predictions__score": "probability"},
        "predictions.score: not used in regression; name the column under predictions.prediction.",
    ),
    "nothing to compare": (
        NO_ANSWER,
        (
            "predictions.prediction: missing: actuals need a prediction to be compared with; name "
            "prediction or score."
        ),
    ),
    "regression without a value": (
        REGRESSION | {"predictions__prediction": GONE},
        "predictions.prediction: missing, but required: the column with the predicted value.",
    ),
    "unlabelled reference": (
        {"reference__label": GONE},
        (
            "reference.label: missing, but required with actuals: the column of the reference with "
            "the label."
        ),
    ),
    "labelled window": (
        {"reference": {"window": SPAN, "label": "truth"}},
        "reference.label: not used with reference.window, whose labels are the actuals; remove it.",
    ),
    "score that is the prediction": (
        {"predictions__score": "said"},
        (
            "predictions.score: expected a column of its own, got 'said', which is "
            "predictions.prediction."
        ),
    ),
    "prediction that is the id": (
        {"predictions__prediction": "id"},
        "predictions.prediction: expected a column of its own, got 'id', which is predictions.id.",
    ),
    "feature that is the id": (
        {"features": ["age", "id"]},
        "features[1]: expected a feature, got 'id', which is predictions.id; remove it.",
    ),
    "feature that is the label": (
        {"features": [{"name": "truth", "type": "numeric"}]},
        "features[0]: expected a feature, got 'truth', which is reference.label; remove it.",
    ),
    "feature twice": (
        {"features": ["age", {"name": "age", "type": "numeric"}]},
        "features[1]: expected a feature, got 'age', which is features[0] already; remove it.",
    ),
    "segment that is the id": (
        {"segments": ["id"]},
        "segments[0]: expected a segment, got 'id', which is predictions.id; remove it.",
    ),
    "segment twice": (
        {"segments": ["country", "country"]},
        "segments[1]: expected a segment, got 'country', which is segments[0] already; remove it.",
    ),
    "shadow without versions": (
        {"predictions__shadow": "s", "predictions__version": GONE},
        (
            "predictions.shadow: its rows are told apart by version; name the column "
            "predictions.version."
        ),
    ),
    "shadow without labels": (
        {"predictions__shadow": "s", "actuals": GONE},
        ("predictions.shadow: versions are compared by their labels; add actuals, or remove it."),
    ),
    "shadow without scores": (
        {"predictions__shadow": "s", "predictions__score": GONE},
        ("predictions.shadow: versions are compared by their scores; name predictions.score."),
    ),
    "retraining without labels": (
        {"actuals": GONE, "retraining": {"trainer": "a:b"}},
        "retraining: a new version needs labels to learn from; add actuals, or remove retraining.",
    ),
    "retraining on an unknown metric": (
        {"retraining": {"trainer": "a:b", "metrics": ["recal"]}},
        "retraining.metrics[0]: unknown metric 'recal'; did you mean recall?",
    ),
    "retraining on a metric without a bound": (
        {"retraining": {"trainer": "a:b", "metrics": ["log_loss", "recall"]}},
        (
            "retraining.metrics[1]: no incident of performance is about recall; "
            "expected log_loss, roc_auc, or a bound under thresholds.recall."
        ),
    ),
    "retraining on a metric of another cause": (
        {"retraining": {"trainer": "a:b", "metrics": ["psi"]}},
        (
            "retraining.metrics[0]: no incident of performance is about psi; "
            "expected log_loss, roc_auc."
        ),
    ),
    "retraining on a metric that is never critical": (
        {
            "retraining": {
                "trainer": "a:b",
                "on": ["drift", "performance"],
                "severity": "critical",
                "metrics": ["psi"],
            }
        },
        (
            "retraining.metrics[0]: no incident of performance is about psi; "
            "expected log_loss, roc_auc."
        ),
    ),
    "retraining on critical drift": (
        {"retraining": {"trainer": "a:b", "on": ["drift"], "severity": "critical"}},
        (
            "retraining.severity: never met: incidents of drift are warnings; "
            "expected warning, got 'critical'."
        ),
    ),
    "retraining at no hour": (
        {"retraining": {"trainer": "a:b", "hours": "08:00-08:00"}},
        (
            "retraining.hours: never comes: expected two different times such as '22:00-06:00', "
            "got '08:00-08:00'."
        ),
    ),
    "evaluation on few days": (
        {"retraining": {"trainer": "a:b", "evaluation": "2d"}},
        (
            "retraining.evaluation: never enough to tell which model is better; expected 3d "
            "or more, "
            "got '2d'."
        ),
    ),
    "gate that is misspelt": (
        {"retraining": {"trainer": "a:b", "gate": {"roc_acu": {"low": 0.5}}}},
        (
            "retraining.gate.roc_acu: not computed by the evaluation of binary_classification, "
            "so that no version passes; did you mean roc_auc?"
        ),
    ),
    "gate of another task": (
        {"retraining": {"trainer": "a:b", "gate": {"rmse": {"high": 3}}}},
        (
            "retraining.gate.rmse: not computed by the evaluation of binary_classification, "
            "so that "
            "no version passes; expected accuracy, expected_calibration_error, log_loss, roc_auc."
        ),
    ),
    "retraining by batch": (
        {"predictions__batch": "batch", "retraining": {"trainer": "a:b"}},
        "retraining: not possible by batch: training and evaluation need days; remove it.",
    ),
    "unknown metric": (
        {"thresholds": {"recal": {"low": 0.5}}},
        "thresholds.recal: unknown metric; did you mean recall?",
    ),
    "metric of another task": (
        {"thresholds": {"mae": {"high": 3}}},
        (
            "thresholds.mae: not computed for binary_classification, whose metrics are accuracy, "
            "precision, recall, specificity, f1, mcc, roc_auc, average_precision, log_loss, "
            "brier_score, expected_calibration_error, positive_rate, actual_positive_rate."
        ),
    ),
    "metric without labels": (
        {"actuals": GONE, "thresholds": {"recall": {"low": 0.5}}},
        "thresholds.recall: never computed without actuals; add that, or remove this.",
    ),
    "metric without a score": (
        {"predictions__score": GONE, "thresholds": {"roc_auc": {"low": 0.5}}},
        "thresholds.roc_auc: never computed without predictions.score; add that, or remove this.",
    ),
    "delay without times": (
        {"thresholds": {"label_delay_p95": {"high": 9}}},
        (
            "thresholds.label_delay_p95: never computed without actuals.timestamp; add that, or "
            "remove this."
        ),
    ),
    "per cent": (
        {"thresholds": {"missing_fraction": {"high": 5}}},
        (
            "thresholds.missing_fraction.high: expected a value that missing values can have, "
            "from 0 to 1, got 5."
        ),
    ),
    "negative distance": (
        {"thresholds": {"psi": {"low": -1}}},
        "thresholds.psi.low: expected a value that PSI can have, at least 0, got -1.",
    ),
    "too good": (
        REGRESSION | {"thresholds": {"r2": {"low": 2}}},
        "thresholds.r2.low: expected a value that R² can have, at most 1, got 2.",
    ),
}

ALLOWED: dict[str, dict[str, object]] = {
    "as it is": {},
    "last day only": {"end": "2026-01-01"},
    "by batch": {"start": GONE, "predictions__timestamp": GONE, "predictions__batch": "batch"},
    "score only": {"predictions__prediction": GONE},
    "prediction only": {"predictions__score": GONE},
    "drift only": {"actuals": GONE, "reference__label": GONE} | NO_ANSWER,
    "regression": REGRESSION,
    "several classes": MULTICLASS | {"predictions__score": {"a": "pa", "b": "pb"}},
    "window": {"reference": {"window": SPAN}},
    "feature as segment": {"features": ["country"], "segments": ["country"]},
    "estimate without labels": {
        "actuals": GONE,
        "thresholds": {"estimated_roc_auc": {"low": 0.6}},
    },
    "retraining": {
        "retraining": {
            "trainer": "a:b",
            "on": ["performance", "drift"],
            "metrics": ["roc_auc", "psi", "recall"],
            "hours": "22:00-06:00",
            "gate": {"roc_auc": {"low": 0.6}},
        },
        "thresholds": {"recall": {"low": 0.5}},
    },
    "null is absent": {"retraining": None, "actuals": None},
}


class TestBrokenRules:
    """Each rule names the field that breaks it, and the remedy."""

    @pytest.mark.parametrize(("changes", "line"), CASES.values(), ids=CASES)
    def test_broken(self, changes: dict[str, object], line: str) -> None:
        """
        A broken rule is one line.
        """
        assert [line] == broken(**changes)

    @pytest.mark.parametrize("changes", ALLOWED.values(), ids=ALLOWED)
    def test_allowed(self, changes: dict[str, object]) -> None:
        """
        What a rule allows is not told.
        """
        assert [] == broken(**changes)

    def test_unlike_every_metric(self) -> None:
        """
        A threshold that resembles no metric lists them all.
        """
        (line,) = broken(thresholds={"zzz": {"low": 1}})

        assert line.startswith("thresholds.zzz: unknown metric; the metrics are rows, failed_exp")

    def test_wrong_shapes(self) -> None:
        """
        What is not even of the right shape breaks no rule; pydantic tells the shape.
        """
        assert [] == broken(
            start=[],
            end="soon",
            task=5,
            predictions__timestamp=7,
            predictions__score={"a": 1},
            features={"a": 1},
            segments="x",
            thresholds=[],
            positive_class={},
        )
