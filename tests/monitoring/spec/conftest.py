"""A monitor file that is right in every line, for tests to spoil."""

from __future__ import annotations

import pytest

CHURN = """\
model: churn
task: binary_classification
start: 2026-01-01
predictions:
  table: predictions.churn
  id: prediction_id
  timestamp: predicted_at
  prediction: predicted
  score: probability
positive_class: 1
actuals:
  table: actuals.churn
  id: prediction_id
  label: churned
  delay: 3d
reference:
  table: training.churn
  label: churned
features:
- age
- {name: plan, type: categorical}
segments: [country]
thresholds: {}
"""


@pytest.fixture(scope="session")
def churn_file() -> str:
    """Return the text of a valid monitor file, 23 lines long."""
    return CHURN
