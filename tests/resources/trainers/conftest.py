"""What every trainer is asked for."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from resources.training import TrainingRequest


@pytest.fixture
def request_of(tmp_path: Path) -> TrainingRequest:
    """
    A request to train on four rows.
    """
    output = tmp_path / "output"
    output.mkdir()

    return TrainingRequest(
        model="churn",
        version="v1",
        start=date(2026, 1, 1),
        end=date(2026, 1, 5),
        rows=pa.table({"amount": [1.0, 2.0, 3.0, 4.0], "label": [0, 1, 1, 1]}),
        features=("amount",),
        positive_class=1,
        output=output,
    )
