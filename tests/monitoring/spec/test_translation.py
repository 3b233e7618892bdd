"""monitoring.spec.translation: one mistake in a field is one line in words of the file."""

from __future__ import annotations

import pytest

from monitoring.errors import MonitorSpecError
from monitoring.spec.parse import parse_monitor

FIELDS = {
    "unknown key": (
        "thresholds:",
        "treshold:",
        "churn.yaml:23: treshold: unknown key; did you mean thresholds?",
    ),
    "key of another part": (
        "thresholds: {}",
        "delay: 3d",
        "churn.yaml:23: delay: unknown key; did you mean actuals.delay?",
    ),
    "nothing like a key": (
        "  delay: 3d",
        "  zzz: hunter2",
        (
            "churn.yaml:15: actuals.zzz: unknown key; the keys here are table, id, label, "
            "timestamp, timestamp_unit, delay."
        ),
    ),
    "misspelt required key": (
        "  table: predictions.churn",
        "  tabel: predictions.churn",
        "churn.yaml:5: predictions.tabel: unknown key; did you mean table?",
    ),
    "missing key": (
        "model: churn\n",
        "",
        (
            "churn.yaml:1: model: missing, but required: the name of the model: letters, digits "
            "and underscores."
        ),
    ),
    "missing key of a part": (
        "  id: prediction_id\n  timestamp",
        "  timestamp",
        (
            "churn.yaml:4: predictions.id: missing, but required: the column that names a "
            "prediction; no two rows share one."
        ),
    ),
    "missing type": (
        "{name: plan, type: categorical}",
        "{name: plan}",
        "churn.yaml:21: features[1].type: missing, but required: how the column is summarised.",
    ),
    "name of the model": (
        "model: churn",
        "model: churn-2026",
        (
            "churn.yaml:1: model: expected letters, digits and underscores, with no digit first, "
            "got 'churn-2026'."
        ),
    ),
    "number as text": (
        "model: churn",
        "model: 2026",
        "churn.yaml:1: model: expected text, got 2026; put it in quotes.",
    ),
    "long name": (
        "model: churn",
        f"model: {'x' * 101}",
        f"churn.yaml:1: model: expected at most 100 characters, got '{'x' * 58}….",
    ),
    "task": (
        "binary_classification",
        "ranking",
        (
            "churn.yaml:2: task: expected 'binary_classification', 'multiclass_classification' or "
            "'regression', got 'ranking'."
        ),
    ),
    "word as day": (
        "2026-01-01",
        "yesterday",
        "churn.yaml:3: start: expected a day such as 2013-04-01, got 'yesterday'.",
    ),
    "impossible day": (
        "2026-01-01",
        "2026-02-30",
        "churn.yaml:3: start: expected a day such as 2013-04-01, got '2026-02-30'.",
    ),
    "moment as day": (
        "2026-01-01",
        "2026-01-01T06:00:00",
        "churn.yaml:3: start: expected a day such as 2013-04-01, got 2026-01-01 06:00:00.",
    ),
    "number as day": (
        "2026-01-01",
        "86400",
        "churn.yaml:3: start: expected a day such as 2013-04-01, got 86400.",
    ),
    "duration": (
        "3d",
        "3 days",
        "churn.yaml:15: actuals.delay: expected a duration such as 12h, 3d or 2w, got '3 days'.",
    ),
    "number as duration": (
        "3d",
        "3",
        "churn.yaml:15: actuals.delay: expected a duration such as 12h, 3d or 2w, got 3.",
    ),
    "duration beyond all calendars": (
        "3d",
        "99999999999d",
        (
            "churn.yaml:15: actuals.delay: expected a duration such as 12h, 3d or 2w, got "
            "'99999999999d'."
        ),
    ),
    "part that is text": (
        "thresholds: {}",
        "windows: 7d",
        "churn.yaml:23: windows: expected a mapping with drift, performance, got '7d'.",
    ),
    "window of hours": (
        "thresholds: {}",
        "windows: {drift: [12h]}",
        "churn.yaml:23: windows.drift[0]: expected one or more whole days such as 7d, got 12h.",
    ),
    "window twice": (
        "thresholds: {}",
        "windows: {drift: [2w, 14d]}",
        "churn.yaml:23: windows.drift: expected each entry once, got 14d 2 times.",
    ),
    "no window": (
        "thresholds: {}",
        "windows: {drift: []}",
        "churn.yaml:23: windows.drift: expected at least one entry, got [].",
    ),
    "label": (
        "positive_class: 1",
        "positive_class: []",
        (
            "churn.yaml:10: positive_class: expected true or false or a whole number or a number "
            "or text, got []."
        ),
    ),
    "feature that is a number": (
        "- age",
        "- 5",
        "churn.yaml:20: features[0]: expected text or a mapping, got 5.",
    ),
    "type of a feature": (
        "type: categorical",
        "type: text",
        "churn.yaml:21: features[1].type: expected 'numeric', 'categorical' or 'age', got 'text'.",
    ),
    "features that are no list": (
        "features:\n- age\n- {name: plan, type: categorical}",
        "features: all",
        "churn.yaml:19: features: expected 'auto' or a list, got 'all'.",
    ),
    "star as column": (
        "[country]",
        "['*']",
        "churn.yaml:22: segments[0]: expected the name of a column, got '*'.",
    ),
    "schedule": (
        "thresholds: {}",
        "schedule: 0 25 * * *",
        "churn.yaml:23: schedule: expected the hour from 0 to 23, got '25'.",
    ),
    "owner": (
        "thresholds: {}",
        "owner: ml platform",
        (
            "churn.yaml:23: owner: expected a team such as ml-platform or an e-mail address, got "
            "'ml platform'."
        ),
    ),
    "family": (
        "thresholds: {}",
        "quality: {block_on: [shema]}",
        (
            "churn.yaml:23: quality.block_on[0]: expected 'schema', 'completeness', 'validity', "
            "'categories', 'uniqueness', 'volume', 'freshness' or 'scores', got 'shema'."
        ),
    ),
    "switch": (
        "thresholds: {}",
        "quality: {generate: maybe}",
        "churn.yaml:23: quality.generate: expected true or false, got 'maybe'.",
    ),
    "trainer": (
        "thresholds: {}",
        "retraining: {trainer: train}",
        "churn.yaml:23: retraining.trainer: expected a function as module:function, got 'train'.",
    ),
    "too few labels": (
        "thresholds: {}",
        "retraining: {trainer: 'a:b', minimum_labels: 0}",
        "churn.yaml:23: retraining.minimum_labels: expected 1 or more, got 0.",
    ),
    "repeat": (
        "thresholds: {}",
        "alerts: {repeat: 0h}",
        "churn.yaml:23: alerts.repeat: expected a duration above zero such as 24h, got 0s.",
    ),
    "channel": (
        "thresholds: {}",
        "alerts: {slack: {channel: #ml}}",
        (
            "churn.yaml:24: column 1: not YAML, expected the node content, but found '<stream "
            "end>'; close the bracket, and quote text that begins with #."
        ),
    ),
    "bounds": (
        "thresholds: {}",
        "thresholds: {psi: {low: 0.3, high: 0.2}}",
        "churn.yaml:23: thresholds.psi: expected low below high, got low 0.3 and high 0.2.",
    ),
    "no bounds": (
        "thresholds: {}",
        "thresholds: {psi: {}}",
        "churn.yaml:23: thresholds.psi: expected low, high or both, got neither.",
    ),
    "bound that is no number": (
        "thresholds: {}",
        "thresholds: {psi: {high: .nan}}",
        "churn.yaml:23: thresholds.psi.high: expected a finite number, got nan.",
    ),
    "threshold that is a number": (
        "thresholds: {}",
        "thresholds: {psi: 0.2}",
        "churn.yaml:23: thresholds.psi: expected a mapping with low, high, method, got 0.2.",
    ),
    "two sources": (
        "  table: training.churn",
        "  table: training.churn\n  window: {start: 2025-11-01, end: 2025-12-01}",
        "churn.yaml:16: reference: expected either table or window, got both.",
    ),
    "window that ends first": (
        "  table: training.churn\n  label: churned",
        "  window: {start: 2025-12-01, end: 2025-12-01}",
        "churn.yaml:17: reference.window: expected an end after start 2025-12-01, got 2025-12-01.",
    ),
}


class TestProblemsOf:
    """What pydantic finds, in words of the monitor file."""

    @pytest.mark.parametrize(("old", "new", "line"), FIELDS.values(), ids=FIELDS)
    def test_one_mistake(self, churn_file: str, old: str, new: str, line: str) -> None:
        """
        One mistake is one line with file, line, field, value and remedy.
        """
        assert churn_file.count(old) == 1

        with pytest.raises(MonitorSpecError) as raised:
            parse_monitor(churn_file.replace(old, new), source="churn.yaml")

        assert (line,) == raised.value.problems
