"""resources.warehouse.spark_worker, which runs wherever Spark does."""

import pyarrow as pa
import pytest

from resources.warehouse.spark_worker import ANSWER, packed, unpacked

COLUMNS = pa.schema({"a.b": pa.int64(), "text": pa.string()})


class TestPacked:
    """Rows on their way to the driver."""

    @pytest.mark.parametrize(("rows", "answers"), [(20_000, 3), (8_192, 1), (0, 1)])
    def test_round_trip(self, rows: int, answers: int) -> None:
        """
        All rows arrive in their order, some thousands in each answer; without any the columns do.
        """
        batch = pa.record_batch([range(rows), ["größe"] * rows], schema=COLUMNS)

        sent = [row for answer in packed(iter([batch])) for row in answer[ANSWER].to_pylist()]
        received = [part for answer in sent for part in unpacked(answer)]

        assert answers == len(sent)
        assert pa.Table.from_batches([batch]) == pa.Table.from_batches(received).combine_chunks()
