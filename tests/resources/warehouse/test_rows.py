"""Tests of rows as record batches."""

import pyarrow as pa
import pytest

from monitoring.errors import ColumnTypeError
from resources.warehouse.rows import record_batch


class TestRecordBatch:
    """Rows of a driver."""

    @pytest.mark.parametrize(
        ("kind", "value"), [(pa.float64(), "much"), (pa.int64(), 1.5), (pa.date32(), "once")]
    )
    def test_wrong_value(self, kind: pa.DataType, value: object) -> None:
        """
        A driver that gives what its database has not declared is told by the column.
        """
        with pytest.raises(ColumnTypeError, match="Column 'amount' is declared as"):
            record_batch([(value,)], pa.schema([("amount", kind)]))
