"""Great Expectations 1.x as the judge of a day's rows."""

import functools
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from monitoring.errors import MonitorError
from monitoring.quality.expectation import Expectation, Subject
from monitoring.quality.outcome import ExpectationOutcome
from monitoring.quality.result import errored, outcome_of
from monitoring.quality.summary import type_kind

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult
    from great_expectations.core.result_format import ResultFormatUnion
    from great_expectations.datasource.fluent.interfaces import Batch
    from great_expectations.expectations.expectation import Expectation as GxExpectation

#: How many unexpected values are fetched, so that repeated ones can be told and counted.
_FETCHED = 1_000

#: Whole numbers up to this one are exact as floats.
_EXACT = 2**53


class Validator(Protocol):
    """Whatever can tell whether rows are as expected."""

    def validate(
        self, rows: pa.Table, expectations: Sequence[Expectation]
    ) -> list[ExpectationOutcome]:
        """Return one outcome for each of *expectations*, in their order."""
        ...


@dataclass(frozen=True, slots=True)
class GreatExpectations:
    """
    Validates Arrow tables with Great Expectations, in this process and without files or network.

    The context is made once per process, with the import of Great Expectations (four seconds of
    CPU), and serves every day and model from then on. Without *show_values* no outcome names a
    value of the data. A plain class, as `validate` is a name that pydantic's models have taken.
    """

    show_values: bool = True

    def validate(
        self, rows: pa.Table, expectations: Sequence[Expectation]
    ) -> list[ExpectationOutcome]:
        """
        Return one outcome for each of *expectations*, in their order.

        An expectation that cannot be evaluated, because its column is not there or has another
        type, because it is wrong in itself or unknown to Great Expectations, is *errored*; the
        others are not touched by it.
        """
        outcomes: dict[int, ExpectationOutcome] = {}
        for subject in Subject:
            members = {
                number: expectation
                for number, expectation in enumerate(expectations)
                if expectation.subject is subject
            }
            if members:
                # The names of columns are nobody's secret.
                described = subject is Subject.COLUMNS
                table = _described(rows, members.values()) if described else rows
                fetched = _FETCHED if self.show_values or described else 0
                outcomes |= _validate(table, members, fetched=fetched)

        return [outcomes[number] for number in range(len(expectations))]


def _validate(
    table: pa.Table, members: Mapping[int, Expectation], *, fetched: int
) -> dict[int, ExpectationOutcome]:
    outcomes: dict[int, ExpectationOutcome] = {}
    ready: dict[int, GxExpectation] = {}
    for number, expectation in members.items():
        try:
            ready[number] = _prepared(expectation, number, table)
        except Exception as error:  # noqa: BLE001 - a person's suite may hold anything
            outcomes[number] = errored(expectation, str(error))

    for number, answer in _answers(_frame(table), ready, fetched=fetched):
        outcomes[number] = _outcome(members[number], answer)

    return outcomes


def _outcome(
    expectation: Expectation, answer: "ExpectationValidationResult | Exception"
) -> ExpectationOutcome:
    if isinstance(answer, Exception):
        return errored(expectation, str(answer))

    return outcome_of(
        expectation,
        success=bool(answer.success),
        result=answer.result,
        exception_info=answer.exception_info,
    )


@functools.cache
def _batch_definition() -> "BatchDefinition[Any]":
    """Return the one data frame asset of this process: a context takes longer than a day's rows."""
    with warnings.catch_warnings():
        # Great Expectations imports sre_constants, which Python deprecates.
        warnings.filterwarnings("ignore", message="module 'sre_", category=DeprecationWarning)
        import great_expectations as gx

    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("monitor").add_dataframe_asset("rows")

    return asset.add_batch_definition_whole_dataframe("day")


def _prepared(expectation: Expectation, number: int, table: pa.Table) -> "GxExpectation":
    if expectation.column is not None and expectation.column not in table.column_names:
        msg = f"the table has no column {expectation.column!r}"
        raise MonitorError(msg)
    if expectation.parameters:
        names = ", ".join(expectation.parameters.values())
        msg = f"no value is known for its parameter {names}; write one into the suite"
        raise MonitorError(msg)

    _batch_definition()
    from great_expectations.expectations.expectation_configuration import (
        ExpectationConfiguration,
    )

    column = {} if expectation.column is None else {"column": expectation.column}

    return ExpectationConfiguration(
        type=expectation.type,
        kwargs={**column, **expectation.kwargs},
        meta={"number": number},
    ).to_domain_obj()


def _answers(
    frame: "pd.DataFrame", ready: Mapping[int, "GxExpectation"], *, fetched: int
) -> Iterator[tuple[int, "ExpectationValidationResult | Exception"]]:
    """
    Yield the answer to each of the *ready* expectations, in any order.

    They share one graph of metrics. An error while that is built belongs to one of them and would
    take all along; so they are then asked one by one.
    """
    if not ready:
        return

    try:
        yield from _asked(frame, ready, fetched=fetched)
    except Exception as error:  # noqa: BLE001 - Great Expectations lets anything through here
        if len(ready) == 1:
            yield from ((number, error) for number in ready)
            return
        for number, expectation in ready.items():
            yield from _answers(frame, {number: expectation}, fetched=fetched)


def _asked(
    frame: "pd.DataFrame", ready: Mapping[int, "GxExpectation"], *, fetched: int
) -> Iterator[tuple[int, "ExpectationValidationResult"]]:
    batch = _batch_definition().get_batch(batch_parameters={"dataframe": frame})
    # What passes is asked for nothing more: counts and values would cost a third on top.
    answers = _asked_once(batch, ready, "BOOLEAN_ONLY")
    failed = {number: ready[number] for number, answer in answers.items() if not answer.success}
    if failed:
        full = {"result_format": "BASIC", "partial_unexpected_count": fetched}
        answers |= _asked_once(batch, failed, full)

    yield from answers.items()


def _asked_once(
    batch: "Batch", ready: Mapping[int, "GxExpectation"], result_format: "ResultFormatUnion"
) -> dict[int, "ExpectationValidationResult"]:
    from great_expectations import ExpectationSuite

    suite = ExpectationSuite(name="day", expectations=list(ready.values()))
    answer = batch.validate(suite, result_format=result_format)

    return {
        result.expectation_config.meta["number"]: result
        for result in answer.results
        if result.expectation_config is not None and result.expectation_config.meta is not None
    }


def _described(rows: pa.Table, expectations: Iterable[Expectation]) -> pa.Table:
    """Return the list of the columns of *rows*; one whose type nobody expects has none."""
    pairs = [each.kwargs.get("value_pairs_set") for each in expectations]
    typed = {
        pair[0]
        for listed in pairs
        if isinstance(listed, list)
        for pair in listed
        if isinstance(pair, list)
    }

    return pa.table(
        {
            "column": pa.array(rows.column_names, pa.string()),
            "type": pa.array(
                [
                    # Without one value a column may arrive without a type: completeness' matter.
                    type_kind(str(each.type))
                    if each.name in typed and not pa.types.is_null(each.type)
                    else None
                    for each in rows.schema
                ],
                pa.string(),
            ),
        }
    )


def _frame(table: pa.Table) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415 - it comes with Great Expectations, and as late
    from pandas.api.extensions import ExtensionDtype  # noqa: PLC0415

    # Nullable whole numbers are left only where a float would not be exact.
    nullable: dict[pa.DataType, ExtensionDtype] = {
        pa.int64(): pd.Int64Dtype(),
        pa.uint64(): pd.UInt64Dtype(),
    }

    def mapper(kind: pa.DataType) -> ExtensionDtype | None:
        return nullable.get(kind)

    def series(column: "pa.ChunkedArray[Any]") -> "pd.Series[Any]":
        if not column.null_count:
            return column.to_pandas()

        return column.to_pandas(types_mapper=mapper)

    return pd.DataFrame(
        {
            name: series(_plain(column))
            for name, column in zip(table.column_names, table.columns, strict=True)
        }
    )


def _plain(column: "pa.ChunkedArray[Any]") -> "pa.ChunkedArray[Any]":
    """
    Bring *column* to one of the few types that Great Expectations compares as vectors.

    These are 64-bit numbers, texts and times with a zone; a time without one is taken as UTC.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _plain(column.cast(kind.value_type))
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return column.cast(pa.float64())
    if pa.types.is_integer(kind) and column.null_count and _is_exact(column):
        return column.cast(pa.float64())
    if pa.types.is_integer(kind) and kind != pa.uint64():
        return column.cast(pa.int64())
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return column.cast(pa.timestamp("us"), safe=False).cast(pa.timestamp("us", "UTC"))

    return column


def _is_exact(column: "pa.ChunkedArray[Any]") -> bool:
    extremes = (pc.min(column).as_py(), pc.max(column).as_py())

    return all(abs(each or 0) <= _EXACT for each in extremes)
