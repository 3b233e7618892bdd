"""Great Expectations 1.x as the judge of a day's rows."""

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from monitoring.errors import MonitorError
from monitoring.quality.columns import COLUMN_ORDER, shared_order, with_renames
from monitoring.quality.expectation import Expectation, Subject
from monitoring.quality.outcome import ExpectationOutcome
from monitoring.quality.result import HIDDEN, errored, outcome_of
from monitoring.quality.suite import parse_suite, suite_json
from monitoring.quality.summary import type_kind
from resources.batches import Rows, batch_of, context
from resources.expected_rows import arguments_of
from resources.kept_expectations import kept_expectation
from resources.spark_rows import with_zone

if TYPE_CHECKING:
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult
    from great_expectations.core.result_format import ResultFormatUnion
    from great_expectations.datasource.fluent.interfaces import Batch
    from great_expectations.expectations.expectation import Expectation as GxExpectation

#: How many unexpected values are fetched, so that repeated ones can be told and counted.
_FETCHED = 1_000


class Validator(Protocol):
    """Whatever can tell whether rows are as expected."""

    @property
    def home(self) -> Path | None:
        """The folder in which suites and reports are written; without one, none are."""
        ...

    def validate(
        self, rows: Rows, expectations: Sequence[Expectation], *, show_values: bool = True
    ) -> list[ExpectationOutcome]:
        """
        Return one outcome for each of *expectations*, in their order.

        Without *show_values* no outcome names a value of the data.
        """
        ...


@dataclass(frozen=True, slots=True)
class GreatExpectations:
    """
    Validates Arrow tables in this process, and rows of the database at *warehouse_url* there.

    The context is made once per process, with the import of Great Expectations (four seconds of
    CPU), and serves every day and model from then on. A plain class, as `validate` is a name that
    pydantic's models have taken.
    """

    home: Path | None = None
    warehouse_url: str = field(default="", repr=False)

    def validate(
        self, rows: Rows, expectations: Sequence[Expectation], *, show_values: bool = True
    ) -> list[ExpectationOutcome]:
        """
        Return one outcome for each of *expectations*, in their order.

        An expectation that cannot be evaluated, because its column is not there or has another
        type, because it is wrong in itself or unknown to Great Expectations, is *errored*; the
        others are not touched by it.
        """
        about_columns = [each for each in expectations if each.subject is Subject.COLUMNS]
        about_rows = [each for each in expectations if each.subject is not Subject.COLUMNS]
        of_columns = iter(_validate_columns(rows, about_columns))
        of_rows = iter(
            _validate(rows, about_rows, show_values=show_values, warehouse_url=self.warehouse_url)
        )

        return [
            next(of_columns if each.subject is Subject.COLUMNS else of_rows)
            for each in expectations
        ]


def _validate_columns(
    rows: Rows, expectations: Sequence[Expectation]
) -> Sequence[ExpectationOutcome]:
    described = _described(rows, expectations)
    columns = tuple((each["column"], each["type"]) for each in described.to_pylist())

    return _judge_columns(columns, suite_json("columns", expectations))


@functools.lru_cache(maxsize=128)
def _judge_columns(
    columns: tuple[tuple[str, str | None], ...], suite: str
) -> Sequence[ExpectationOutcome]:
    """Judge a list of columns; remembered, as it is the same nearly every day."""
    names, types = zip(*columns, strict=True) if columns else ((), ())
    table = pa.table({"column": pa.array(names, pa.string()), "type": pa.array(types, pa.string())})
    expectations = parse_suite(suite, "columns")
    about_each = iter(
        # The names of columns are nobody's secret.
        _validate(
            table, [each for each in expectations if each.type != COLUMN_ORDER], show_values=True
        )
    )
    outcomes = [
        _judge_order(each, names) if each.type == COLUMN_ORDER else next(about_each)
        for each in expectations
    ]

    return with_renames(outcomes, names)


def _judge_order(expectation: Expectation, names: Sequence[str]) -> ExpectationOutcome:
    reduced, shared = shared_order(expectation, names)
    table = pa.table({name: pa.array([], pa.null()) for name in shared})
    (outcome,) = _validate(table, [reduced], show_values=True)

    return replace(outcome, expectation=expectation)


def _validate(
    rows: Rows, expectations: Sequence[Expectation], *, show_values: bool, warehouse_url: str = ""
) -> list[ExpectationOutcome]:
    outcomes: dict[int, ExpectationOutcome] = {}
    ready: dict[int, GxExpectation] = {}
    for number, expectation in enumerate(expectations):
        try:
            ready[number] = _prepared(expectation, number, rows)
        except Exception as error:  # noqa: BLE001 - a person's suite may hold anything
            outcomes[number] = errored(expectation, str(error))

    if ready:
        fetched = _FETCHED if show_values else 0
        with batch_of(rows, warehouse_url=warehouse_url) as batch:
            for number, answer in _answers(batch, ready, fetched=fetched):
                outcomes[number] = _outcome(expectations[number], answer, show_values=show_values)

    return [outcomes[number] for number in range(len(expectations))]


def _outcome(
    expectation: Expectation,
    answer: "ExpectationValidationResult | Exception",
    *,
    show_values: bool,
) -> ExpectationOutcome:
    if isinstance(answer, Exception):
        return errored(expectation, str(answer) if show_values else HIDDEN)

    return outcome_of(
        expectation,
        success=bool(answer.success),
        result=with_zone(answer.result),
        exception_info=answer.exception_info,
        show_values=show_values,
    )


def _prepared(expectation: Expectation, number: int, rows: Rows) -> "GxExpectation":
    if expectation.column is not None and expectation.column not in rows.column_names:
        msg = f"the table has no column {expectation.column!r}"
        raise MonitorError(msg)
    if expectation.parameters:
        names = ", ".join(expectation.parameters.values())
        msg = f"no value is known for its parameter {names}; write one into the suite"
        raise MonitorError(msg)

    context()

    return kept_expectation(
        expectation.type, arguments_of(expectation, rows), meta={"number": number}
    )


def _answers(
    batch: "Batch", ready: Mapping[int, "GxExpectation"], *, fetched: int
) -> Iterator[tuple[int, "ExpectationValidationResult | Exception"]]:
    """
    Yield the answer to each of the *ready* expectations, in any order.

    They share one graph of metrics. An error while that is built belongs to one of them and would
    take all along; so they are then asked one by one.
    """
    try:
        yield from _asked(batch, ready, fetched=fetched)
    except Exception as error:  # noqa: BLE001 - Great Expectations lets anything through here
        if len(ready) == 1:
            yield from ((number, error) for number in ready)
            return
        for number, expectation in ready.items():
            yield from _answers(batch, {number: expectation}, fetched=fetched)


def _asked(
    batch: "Batch", ready: Mapping[int, "GxExpectation"], *, fetched: int
) -> Iterator[tuple[int, "ExpectationValidationResult"]]:
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


def _described(rows: Rows, expectations: Iterable[Expectation]) -> pa.Table:
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
