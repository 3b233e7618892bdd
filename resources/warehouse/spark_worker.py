"""What runs on Spark's executors; all that it imports must be installed there."""

import pickle
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pyarrow as pa

#: A function for ``mapInArrow``.
Work: TypeAlias = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]

#: The one column in which an executor answers.
ANSWER = "answer"

# Java makes five copies of each answer on its way; those of long ones fill its memory.
_ROWS = 8_192
_COMPRESSED = pa.ipc.IpcWriteOptions(compression="lz4")


def named(work: Work, names: list[str]) -> Work:
    """Return *work* on rows whose columns are called *names*."""

    def answer(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return work(batch.rename_columns(names) for batch in batches)

    return answer


def summarised(summarise: Callable[[Iterator[pa.RecordBatch]], Any]) -> Work:
    """Return work that answers with the summary of a task's rows."""

    def answer(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield _answer(pickle.dumps(summarise(batches)))

    return answer


def packed(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Answer with the rows as bytes, some thousands at a time, so that the driver gets Arrow."""
    for batch in batches:
        # An empty batch has columns all the same.
        for start in range(0, max(batch.num_rows, 1), _ROWS):
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, batch.schema, options=_COMPRESSED) as writer:
                writer.write_batch(batch.slice(start, _ROWS))
            yield _answer(sink.getvalue().to_pybytes())


def unpacked(answer: bytes) -> Iterator[pa.RecordBatch]:
    """Yield the batch that an executor has packed."""
    with pa.ipc.open_stream(answer) as reader:
        yield from reader


def _answer(content: bytes) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([content], pa.binary())], names=[ANSWER])
